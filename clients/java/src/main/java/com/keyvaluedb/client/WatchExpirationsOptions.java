package com.keyvaluedb.client;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * From where on a watch tells of expirations, and whether with the values: by default from now on,
 * and without.
 */
public final class WatchExpirationsOptions {
  static final WatchExpirationsOptions DEFAULT = builder().build();

  final StartPosition start;
  final boolean includeValue;
  final @Nullable Duration progressInterval;

  private WatchExpirationsOptions(Builder builder) {
    start = builder.start;
    includeValue = builder.includeValue;
    progressInterval = builder.progressInterval;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** Without values, from there on. */
  public static WatchExpirationsOptions from(StartPosition start) {
    return builder().start(start).build();
  }

  /** Gathers {@link WatchExpirationsOptions}. */
  public static final class Builder {
    private StartPosition start = StartPosition.now();
    private boolean includeValue;
    private @Nullable Duration progressInterval;

    private Builder() {}

    /** Where to begin; not {@link StartPosition#currentState()}. */
    public Builder start(StartPosition start) {
      this.start = Objects.requireNonNull(start, "start");
      return this;
    }

    /**
     * Tell the values that the keys had, as far as the server keeps them: by default up to 64 KiB.
     */
    public Builder includeValue() {
      includeValue = true;
      return this;
    }

    /**
     * How long it may be silent before a mark of progress comes: 10 ms to a day; by default 10 s.
     */
    public Builder progressInterval(Duration interval) {
      progressInterval = Objects.requireNonNull(interval, "interval");
      return this;
    }

    /** What was chosen so far. */
    public WatchExpirationsOptions build() {
      return new WatchExpirationsOptions(this);
    }
  }
}
