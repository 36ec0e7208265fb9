package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimesTest {
  @ParameterizedTest
  @CsvSource({
    "PT1.5S, 1, 500000000",
    "PT0.000000001S, 0, 1000000",
    "PT1.999000001S, 2, 0",
    "PT0S, 0, 0",
    "PT-1.5S, -1, -500000000",
    "PT-0.0000001S, 0, 0",
  })
  void roundsDurationsUpToMilliseconds(Duration duration, long seconds, int nanos) {
    com.google.protobuf.Duration proto = Times.toProto(duration);
    assertThat(proto.getSeconds()).isEqualTo(seconds);
    assertThat(proto.getNanos()).isEqualTo(nanos);
  }

  @ParameterizedTest
  @CsvSource({
    "2026-11-26T00:00:00.0010001Z, 2026-11-26T00:00:00.002Z",
    "2026-11-26T00:00:00.999999999Z, 2026-11-26T00:00:01Z",
    "2026-11-26T00:00:00.5Z, 2026-11-26T00:00:00.5Z",
    "1969-12-31T23:59:59.9999Z, 1970-01-01T00:00:00Z",
  })
  void roundsInstantsUpToMilliseconds(Instant instant, Instant rounded) {
    assertThat(Times.fromProto(Times.toProto(instant))).isEqualTo(rounded);
  }
}
