package com.keyvaluedb.client;

import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** From where on a watch tells what: by default from now on, and everything. */
public final class WatchOptions {
  static final WatchOptions DEFAULT = builder().build();

  final StartPosition start;
  final Set<EventKind> kinds;
  final boolean includePrevious;
  final @Nullable Duration progressInterval;

  private WatchOptions(Builder builder) {
    start = builder.start;
    kinds = Set.copyOf(builder.kinds);
    includePrevious = builder.includePrevious;
    progressInterval = builder.progressInterval;
  }

  /** Options to choose from. */
  public static Builder builder() {
    return new Builder();
  }

  /** Everything, from there on. */
  public static WatchOptions from(StartPosition start) {
    return builder().start(start).build();
  }

  /** Gathers {@link WatchOptions}. */
  public static final class Builder {
    private StartPosition start = StartPosition.now();
    private final Set<EventKind> kinds = EnumSet.noneOf(EventKind.class);
    private boolean includePrevious;
    private @Nullable Duration progressInterval;

    private Builder() {}

    /** Where to begin. */
    public Builder start(StartPosition start) {
      this.start = Objects.requireNonNull(start, "start");
      return this;
    }

    /** Tell only these, and the entries of the current state. */
    public Builder kinds(EventKind first, EventKind... others) {
      kinds.add(first);
      kinds.addAll(Arrays.asList(others));
      return this;
    }

    /** Tell what each change replaced or ended, as far as the server still has it. */
    public Builder includePrevious() {
      includePrevious = true;
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
    public WatchOptions build() {
      return new WatchOptions(this);
    }
  }
}
