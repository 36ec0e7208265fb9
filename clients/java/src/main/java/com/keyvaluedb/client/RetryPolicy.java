package com.keyvaluedb.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/** Chooses, and does nothing: which failures are tried again, and after how long. */
final class RetryPolicy {
  private static final Duration FIRST_WAIT = Duration.ofMillis(50);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
  private static final Duration FIRST_CONFLICT_WAIT = Duration.ofMillis(10);
  private static final Duration LONGEST_CONFLICT_WAIT = Duration.ofMillis(640);

  private final DoubleSupplier random;

  /**
   * @param random from 0 to below 1
   */
  RetryPolicy(DoubleSupplier random) {
    this.random = random;
  }

  /**
   * How long to wait before a call is made again; empty: it is not.
   *
   * @param failures how many tries of it failed, the last one included
   */
  Optional<Duration> afterCall(KeyValueException error, int failures) {
    boolean again =
        switch (error.code()) {
          case UNAVAILABLE -> true;
          case RESOURCE_EXHAUSTED -> error.retryAfter().isPresent();
          default -> false;
        };
    return again && !error.is(Reason.CLOSED)
        ? Optional.of(error.retryAfter().orElseGet(() -> backoff(failures)))
        : Optional.empty();
  }

  /** The same of a watch, which outlives more. */
  Optional<Duration> afterWatch(KeyValueException error, int failures) {
    boolean again =
        error.code() == Status.Code.UNAVAILABLE
            || error.is(Reason.SLOW_FOLLOWER)
            || error.is(Reason.OVERLOADED);
    return again && !error.is(Reason.CLOSED)
        ? Optional.of(error.retryAfter().orElseGet(() -> backoff(failures)))
        : Optional.empty();
  }

  /** 50 ms, doubled each time up to 2 s, and of that a random half to the whole. */
  Duration backoff(int failures) {
    double share = (1 + random.getAsDouble()) / 2;
    return scaled(doubled(FIRST_WAIT, LONGEST_WAIT, failures), share);
  }

  /** Up to 10 ms, doubled each time up to 640 ms, before a transaction is begun anew. */
  Duration afterConflict(int conflicts) {
    Duration longest = doubled(FIRST_CONFLICT_WAIT, LONGEST_CONFLICT_WAIT, conflicts);
    return scaled(longest, random.getAsDouble());
  }

  private static Duration doubled(Duration first, Duration longest, int times) {
    // Past 2^16 every wait here is the longest; a larger shift would overflow.
    Duration wait = first.multipliedBy(1L << Math.min(times - 1, 16));
    return wait.compareTo(longest) < 0 ? wait : longest;
  }

  private static Duration scaled(Duration wait, double share) {
    return Duration.ofNanos((long) (wait.toNanos() * share));
  }
}
