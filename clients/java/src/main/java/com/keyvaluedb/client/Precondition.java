package com.keyvaluedb.client;

import java.util.Arrays;
import java.util.Objects;

/**
 * What must be so for a key to be changed. It is judged in the same step that makes the change, so
 * that nobody can come in between.
 */
public sealed interface Precondition {
  /** The key is there; otherwise the call fails with {@code KEY_ABSENT}. */
  static Precondition exists() {
    return Existence.PRESENT;
  }

  /** The key is not there; otherwise the call fails with {@code KEY_EXISTS}. */
  static Precondition absent() {
    return Existence.ABSENT;
  }

  /**
   * The key's last change was at this revision; otherwise the call fails with {@code
   * PRECONDITION_FAILED}.
   *
   * @param revision 0: the key is absent
   */
  static Precondition revision(long revision) {
    return new AtRevision(revision);
  }

  /**
   * The key has this value, byte for byte; otherwise the call fails with {@code
   * PRECONDITION_FAILED}.
   */
  static Precondition value(byte[] value) {
    return new HasValue(value);
  }

  /** See {@link #exists()} and {@link #absent()}. */
  enum Existence implements Precondition {
    /** The key is there. */
    PRESENT,
    /** The key is not there. */
    ABSENT
  }

  /**
   * See {@link #revision}.
   *
   * @param revision of the key's last change
   */
  record AtRevision(long revision) implements Precondition {}

  /**
   * See {@link #value}.
   *
   * @param value the bytes that the key has
   */
  @SuppressWarnings("ArrayRecordComponent") // It is compared byte for byte below.
  record HasValue(byte[] value) implements Precondition {
    /** No null. */
    public HasValue {
      Objects.requireNonNull(value, "value");
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof HasValue that && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(value);
    }
  }
}
