package com.keyvaluedb.client;

import java.util.Objects;

/** The keys that a call speaks of, in the order of keys of the store. */
public sealed interface KeyRange {
  /** Every key that the store has. */
  static KeyRange all() {
    return All.INSTANCE;
  }

  /** Every key that begins with these characters. Empty: all keys. */
  static KeyRange prefix(String prefix) {
    return new Prefix(prefix);
  }

  /**
   * Every key from a start to before an end.
   *
   * @param start the first key that belongs; empty: from the store's first
   * @param end the first key that does not belong; empty: to the store's last
   */
  static KeyRange interval(String start, String end) {
    return new Interval(start, end);
  }

  /**
   * Every key that a pattern matches: {@code *} stands for any characters, also for {@code /} and
   * for none; {@code ?} for one; {@code [a-c]} for one of these, {@code [^a]} for one but these;
   * {@code \} takes the meaning from the next character. A malformed one fails the call with {@code
   * INVALID_FIELD}.
   */
  static KeyRange glob(String pattern) {
    return new Glob(pattern);
  }

  /** See {@link #all()}. */
  enum All implements KeyRange {
    /** The only one. */
    INSTANCE
  }

  /**
   * See {@link #prefix}.
   *
   * @param prefix what the keys begin with
   */
  record Prefix(String prefix) implements KeyRange {
    /** No null. */
    public Prefix {
      Objects.requireNonNull(prefix, "prefix");
    }
  }

  /**
   * See {@link #interval}.
   *
   * @param start the first key that belongs
   * @param end the first key that does not
   */
  record Interval(String start, String end) implements KeyRange {
    /** No null. */
    public Interval {
      Objects.requireNonNull(start, "start");
      Objects.requireNonNull(end, "end");
    }
  }

  /**
   * See {@link #glob}.
   *
   * @param pattern what the whole key matches
   */
  record Glob(String pattern) implements KeyRange {
    /** No null. */
    public Glob {
      Objects.requireNonNull(pattern, "pattern");
    }
  }
}
