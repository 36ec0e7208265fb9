package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTest {
  @Test
  void leavesWholeCharactersAlone() {
    assertThat(Text.checked("key", "a\uD83D\uDE00é\u0000")).isEqualTo("a\uD83D\uDE00é\u0000");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\uD83D", "\uDE00", "a\uDE00\uD83D", "\uD83Da", "\uD83D\uD83D\uDE00"})
  void refusesHalfCharacters(String key) {
    KeyValueException error =
        catchThrowableOfType(KeyValueException.class, () -> Text.checked("key", key));
    assertThat(error.reason()).isEqualTo(Reason.INVALID_FIELD);
    assertThat(error.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(error.metadata()).containsEntry("field", "key");
  }
}
