package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(20)
class KeyValueClientBuilderTest {
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1:1", "[::1]:50051", "kv.internal:443", "localhost:65535"})
  void takesAHostAndAPort(String address) {
    try (KeyValueClient client = KeyValueClient.builder().address(address).build()) {
      assertThat(client).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "localhost:",
        "localhost:0",
        "localhost:65536",
        "localhost:x",
        ":1",
        "::1:50051",
        "http://localhost:1",
        "a b:1",
        "me@localhost:1",
        "localhost:1/path",
      })
  void refusesWhatIsNone(String address) {
    assertThatThrownBy(() -> KeyValueClient.builder().address(address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("address: must be host:port, and is \"" + address + "\"");
  }

  @Test
  void refusesWaitsThatAreNone() {
    assertThatThrownBy(() -> KeyValueClient.builder().deadline(Duration.ZERO))
        .hasMessageContaining("deadline: must be more than zero");
    assertThatThrownBy(() -> KeyValueClient.builder().keepalive(Duration.ofNanos(1)))
        .hasMessageContaining("keepalive: must be 1 ms or more");
  }

  @Test
  void namesAFileOfCertificatesThatIsNotThere() {
    KeyValueClientBuilder builder =
        KeyValueClient.builder().tls(Tls.certificates(Path.of("nowhere.pem")));
    assertThatThrownBy(builder::build)
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("nowhere.pem");
  }

  @Test
  void connectsOnlyWhenItIsCalled() {
    try (KeyValueClient client =
        KeyValueClient.builder().address("127.0.0.1:1").withoutRetries().build()) {
      assertThatThrownBy(() -> client.get("a"))
          .isInstanceOfSatisfying(
              KeyValueException.class,
              error -> assertThat(error.reason()).isEqualTo(Reason.UNREACHABLE));
    }
  }

  @Test
  void hasAVersion() {
    assertThat(KeyValueClient.version()).matches("\\d+\\.\\d+\\.\\d+");
  }
}
