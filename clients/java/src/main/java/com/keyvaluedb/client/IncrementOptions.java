package com.keyvaluedb.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * When a key that an increment makes expires: by default never. A key that is there keeps its own
 * deadline.
 */
public final class IncrementOptions {
  static final IncrementOptions DEFAULT = builder().build();

  final @Nullable Expiry expiry;
  final @Nullable String requestId;

  private IncrementOptions(Builder builder) {
    expiry = builder.expiry;
    requestId = builder.requestId;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** A key that is made expires so long after the commit. */
  public static IncrementOptions ttl(Duration ttl) {
    return builder().ttl(ttl).build();
  }

  /** Gathers {@link IncrementOptions}. At most one choice of expiration can be made. */
  public static final class Builder {
    private @Nullable Expiry expiry;
    private @Nullable String requestId;

    private Builder() {}

    /** A key that is made expires so long after the commit, rounded up to whole milliseconds. */
    public Builder ttl(Duration ttl) {
      expiry = Expiry.once(expiry, new Expiry.Ttl(Objects.requireNonNull(ttl, "ttl")));
      return this;
    }

    /** A key that is made expires at this moment, rounded up to whole milliseconds. */
    public Builder expireTime(Instant time) {
      expiry = Expiry.once(expiry, new Expiry.At(Objects.requireNonNull(time, "time")));
      return this;
    }

    /** As it was, which for a new key is never. */
    public Builder keepExpiration() {
      expiry = Expiry.once(expiry, Expiry.Keep.INSTANCE);
      return this;
    }

    /** Names the call, so that it can be made again; at most 128 bytes. */
    public Builder requestId(String requestId) {
      this.requestId = Objects.requireNonNull(requestId, "requestId");
      return this;
    }

    /** What was chosen so far. */
    public IncrementOptions build() {
      return new IncrementOptions(this);
    }
  }
}
