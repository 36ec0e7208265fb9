package com.keyvaluedb.client;

import java.util.Objects;

/**
 * One step of a transaction. Options with a precondition or a request id are refused by the server
 * here: the transaction has conditions, and an id for all of it.
 *
 * @param <V> the type of values
 */
public sealed interface Operation<V> {
  /** The key that it is about. */
  String key();

  /** Sets a key. */
  static <V> Operation<V> set(String key, V value) {
    return new Set<>(key, value, SetOptions.DEFAULT);
  }

  /** Sets a key, with options. */
  static <V> Operation<V> set(String key, V value, SetOptions options) {
    return new Set<>(key, value, options);
  }

  /** Reads a key, as the operations before this one have left it. */
  static <V> Operation<V> get(String key) {
    return new Get<>(key);
  }

  /** Deletes a key. */
  static <V> Operation<V> delete(String key) {
    return new Delete<>(key, DeleteOptions.DEFAULT);
  }

  /** Deletes a key, with options. */
  static <V> Operation<V> delete(String key, DeleteOptions options) {
    return new Delete<>(key, options);
  }

  /** Changes when a key expires. */
  static <V> Operation<V> touch(String key, TouchOptions options) {
    return new Touch<>(key, options);
  }

  /** Adds to the number that a key holds as decimal text. */
  static <V> Operation<V> increment(String key, long delta) {
    return new Increment<>(key, delta, IncrementOptions.DEFAULT);
  }

  /** Adds to the number that a key holds as decimal text, with options. */
  static <V> Operation<V> increment(String key, long delta, IncrementOptions options) {
    return new Increment<>(key, delta, options);
  }

  /**
   * See {@link #set}.
   *
   * @param <V> the type of values
   * @param key the key
   * @param value its value
   * @param options how
   */
  record Set<V>(String key, V value, SetOptions options) implements Operation<V> {
    /** No null. */
    public Set {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(options, "options");
    }
  }

  /**
   * See {@link #get}.
   *
   * @param <V> the type of values
   * @param key the key
   */
  record Get<V>(String key) implements Operation<V> {
    /** No null. */
    public Get {
      Objects.requireNonNull(key, "key");
    }
  }

  /**
   * See {@link #delete}.
   *
   * @param <V> the type of values
   * @param key the key
   * @param options how
   */
  record Delete<V>(String key, DeleteOptions options) implements Operation<V> {
    /** No null. */
    public Delete {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(options, "options");
    }
  }

  /**
   * See {@link #touch}.
   *
   * @param <V> the type of values
   * @param key the key
   * @param options how
   */
  record Touch<V>(String key, TouchOptions options) implements Operation<V> {
    /** No null. */
    public Touch {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(options, "options");
    }
  }

  /**
   * See {@link #increment}.
   *
   * @param <V> the type of values
   * @param key the key
   * @param delta what is added
   * @param options how
   */
  record Increment<V>(String key, long delta, IncrementOptions options) implements Operation<V> {
    /** No null. */
    public Increment {
      Objects.requireNonNull(key, "key");
      Objects.requireNonNull(options, "options");
    }
  }
}
