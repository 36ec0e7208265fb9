package com.keyvaluedb.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** When a key that is touched expires from now on, and under which condition it is touched. */
public final class TouchOptions {
  final @Nullable Expiry expiry;
  final @Nullable Precondition precondition;
  final boolean returnPrevious;
  final @Nullable String requestId;

  private TouchOptions(Builder builder) {
    expiry = builder.expiry;
    precondition = builder.precondition;
    returnPrevious = builder.returnPrevious;
    requestId = builder.requestId;
  }

  /** Options to choose from. One choice of expiration must be made. */
  public static Builder builder() {
    return new Builder();
  }

  /** Expires so long after the commit, rounded up to whole milliseconds; more than zero. */
  public static TouchOptions ttl(Duration ttl) {
    return builder().ttl(ttl).build();
  }

  /** Expires at this moment, rounded up to whole milliseconds; one to come. */
  public static TouchOptions expireTime(Instant time) {
    return builder().expireTime(time).build();
  }

  /** Never expires. */
  public static TouchOptions persist() {
    return builder().persist().build();
  }

  /**
   * Gathers {@link TouchOptions}. Without a choice of expiration the call fails with {@code
   * INVALID_FIELD}.
   */
  public static final class Builder {
    private @Nullable Expiry expiry;
    private @Nullable Precondition precondition;
    private boolean returnPrevious;
    private @Nullable String requestId;

    private Builder() {}

    /** Expires so long after the commit, rounded up to whole milliseconds; more than zero. */
    public Builder ttl(Duration ttl) {
      expiry = Expiry.once(expiry, new Expiry.Ttl(Objects.requireNonNull(ttl, "ttl")));
      return this;
    }

    /** Expires at this moment, rounded up to whole milliseconds; one to come. */
    public Builder expireTime(Instant time) {
      expiry = Expiry.once(expiry, new Expiry.At(Objects.requireNonNull(time, "time")));
      return this;
    }

    /** Never expires. */
    public Builder persist() {
      expiry = Expiry.once(expiry, Expiry.Persist.INSTANCE);
      return this;
    }

    /** What must be so for the key to be touched. */
    public Builder precondition(Precondition precondition) {
      this.precondition = Objects.requireNonNull(precondition, "precondition");
      return this;
    }

    /**
     * Answer with the entry as it was before, as {@link SetOptions.Builder#returnPrevious} does.
     */
    public Builder returnPrevious() {
      returnPrevious = true;
      return this;
    }

    /** Names the call, so that it can be made again; at most 128 bytes. */
    public Builder requestId(String requestId) {
      this.requestId = Objects.requireNonNull(requestId, "requestId");
      return this;
    }

    /** What was chosen so far. */
    public TouchOptions build() {
      return new TouchOptions(this);
    }
  }
}
