package com.keyvaluedb.client;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The choice of expiration of a write. Null, where one of these may be: none was made. */
sealed interface Expiry {
  record Ttl(Duration ttl) implements Expiry {}

  record At(Instant time) implements Expiry {}

  /** As it was. Of a Set or an Increment. */
  enum Keep implements Expiry {
    INSTANCE
  }

  /** Never. Of a Touch. */
  enum Persist implements Expiry {
    INSTANCE
  }

  /**
   * The one choice that may be made; a second one is the caller's mistake, and none of both would
   * be right.
   */
  static Expiry once(@Nullable Expiry before, Expiry chosen) {
    if (before != null) {
      throw new IllegalStateException("an expiration was chosen already: " + before);
    }
    return chosen;
  }
}
