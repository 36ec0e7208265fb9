package com.keyvaluedb.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a key is set. Unless something else is said, it never expires, and whatever was there is
 * replaced.
 */
public final class SetOptions {
  static final SetOptions DEFAULT = builder().build();

  final @Nullable Expiry expiry;
  final @Nullable Precondition precondition;
  final boolean returnPrevious;
  final @Nullable String contentType;
  final @Nullable String requestId;

  private SetOptions(Builder builder) {
    expiry = builder.expiry;
    precondition = builder.precondition;
    returnPrevious = builder.returnPrevious;
    contentType = builder.contentType;
    requestId = builder.requestId;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** Expires so long after the commit. */
  public static SetOptions ttl(Duration ttl) {
    return builder().ttl(ttl).build();
  }

  /** Only if the key is not there; otherwise {@code KEY_EXISTS}. */
  public static SetOptions ifAbsent() {
    return builder().precondition(Precondition.absent()).build();
  }

  /** Only if the key's last change was at this revision; otherwise {@code PRECONDITION_FAILED}. */
  public static SetOptions ifRevision(long revision) {
    return builder().precondition(Precondition.revision(revision)).build();
  }

  /** Gathers {@link SetOptions}. At most one choice of expiration can be made. */
  public static final class Builder {
    private @Nullable Expiry expiry;
    private @Nullable Precondition precondition;
    private boolean returnPrevious;
    private @Nullable String contentType;
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

    /** The key keeps the deadline that it has; a new key never expires. */
    public Builder keepExpiration() {
      expiry = Expiry.once(expiry, Expiry.Keep.INSTANCE);
      return this;
    }

    /** What must be so for the key to be set. */
    public Builder precondition(Precondition precondition) {
      this.precondition = Objects.requireNonNull(precondition, "precondition");
      return this;
    }

    /**
     * Answer with the entry that is replaced. If its value is not of the view's codec, the call
     * fails with {@code DECODE_FAILED} although the key was set.
     */
    public Builder returnPrevious() {
      returnPrevious = true;
      return this;
    }

    /** What the value is, instead of what the codec says; at most 255 bytes. */
    public Builder contentType(String contentType) {
      this.contentType = Objects.requireNonNull(contentType, "contentType");
      return this;
    }

    /** Names the call, so that it can be made again, by another process too; at most 128 bytes. */
    public Builder requestId(String requestId) {
      this.requestId = Objects.requireNonNull(requestId, "requestId");
      return this;
    }

    /** What was chosen so far. */
    public SetOptions build() {
      return new SetOptions(this);
    }
  }
}
