package com.keyvaluedb.client;

import java.util.Objects;

/**
 * What a transaction asks of one key.
 *
 * @param key the key
 * @param check what is to be so of it
 */
public record Condition(String key, Precondition check) {
  /** No null. */
  public Condition {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(check, "check");
  }

  /** The key is there. */
  public static Condition exists(String key) {
    return new Condition(key, Precondition.exists());
  }

  /** The key is not there. */
  public static Condition absent(String key) {
    return new Condition(key, Precondition.absent());
  }

  /** The key's last change was at this revision; 0: the key is absent. */
  public static Condition revision(String key, long revision) {
    return new Condition(key, Precondition.revision(revision));
  }

  /** The key has this value, byte for byte. */
  public static Condition value(String key, byte[] value) {
    return new Condition(key, Precondition.value(value));
  }
}
