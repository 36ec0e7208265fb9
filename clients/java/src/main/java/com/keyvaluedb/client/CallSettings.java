package com.keyvaluedb.client;

import java.time.Duration;
import java.util.Objects;

/**
 * What holds for the calls of a client or of a view of it.
 *
 * @param deadline from the begin of a call to its end, all tries included
 * @param retries whether calls are made again, and writes named so that they can be
 */
record CallSettings(Duration deadline, boolean retries) {
  static final CallSettings DEFAULT = new CallSettings(Duration.ofSeconds(10), true);

  CallSettings {
    Objects.requireNonNull(deadline, "deadline");
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline: must be more than zero, and is " + deadline);
    }
  }

  CallSettings withDeadline(Duration other) {
    return new CallSettings(other, retries);
  }

  CallSettings withRetries() {
    return new CallSettings(deadline, true);
  }

  CallSettings withoutRetries() {
    return new CallSettings(deadline, false);
  }
}
