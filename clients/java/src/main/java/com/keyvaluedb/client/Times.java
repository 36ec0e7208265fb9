package com.keyvaluedb.client;

import com.google.protobuf.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Java's times as the schema's, and back. Fractions of a millisecond are rounded up on the way out.
 */
final class Times {
  private static final int NANOS_PER_MS = 1_000_000;
  private static final int NANOS_PER_SECOND = 1_000_000_000;

  private Times() {}

  static com.google.protobuf.Duration toProto(Duration duration) {
    long seconds = duration.getSeconds();
    int nanos = roundedUp(duration.getNano());
    // The schema wants both parts of one sign; Java's fraction is never negative.
    if (seconds < 0 && nanos > 0) {
      seconds += 1;
      nanos -= NANOS_PER_SECOND;
    } else if (nanos == NANOS_PER_SECOND) {
      seconds = Math.addExact(seconds, 1);
      nanos = 0;
    }
    return com.google.protobuf.Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();
  }

  static Timestamp toProto(Instant instant) {
    long seconds = instant.getEpochSecond();
    int nanos = roundedUp(instant.getNano());
    if (nanos == NANOS_PER_SECOND) {
      seconds += 1;
      nanos = 0;
    }
    return Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos).build();
  }

  static Duration fromProto(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  static Instant fromProto(Timestamp timestamp) {
    return Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
  }

  static Optional<Instant> ifPresent(boolean present, Timestamp timestamp) {
    return present ? Optional.of(fromProto(timestamp)) : Optional.empty();
  }

  /** Nanoseconds for a wait, as many as fit: no error where it is centuries. */
  static long nanos(Duration wait) {
    return TimeUnit.NANOSECONDS.convert(wait);
  }

  private static int roundedUp(int nanos) {
    return (nanos + NANOS_PER_MS - 1) / NANOS_PER_MS * NANOS_PER_MS;
  }
}
