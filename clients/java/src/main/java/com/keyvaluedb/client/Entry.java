package com.keyvaluedb.client;

import java.time.Instant;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A key with its value and what the store knows of it.
 *
 * @param <V> the type of the value
 * @param key the key
 * @param value the value; asked for where there is none, it throws: {@link #hasValue()}
 * @param revision of the last change of this key
 * @param createRevision at which the key came to be
 * @param version 1 for a new key, and one more with each set
 * @param expireTime when the key expires; empty: never
 * @param updateTime when the last change was committed; empty where values were not asked for
 * @param contentType what the value is, as the set said it; often empty
 */
public record Entry<V>(
    String key,
    @Nullable V value,
    long revision,
    long createRevision,
    long version,
    Optional<Instant> expireTime,
    Optional<Instant> updateTime,
    String contentType) {

  /**
   * The value.
   *
   * @throws NoSuchElementException if it is not here: {@link #hasValue()}
   */
  @Override
  public V value() {
    if (value == null) throw new NoSuchElementException("the value of " + key + " is not here");
    return value;
  }

  /**
   * Whether the value is here. It is not in a scan without values, in the event of a key that is
   * gone, and where an event says so.
   */
  public boolean hasValue() {
    return value != null;
  }

  /** Equal in all parts; bytes byte for byte. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Entry<?> that
        && key.equals(that.key)
        && revision == that.revision
        && createRevision == that.createRevision
        && version == that.version
        && expireTime.equals(that.expireTime)
        && updateTime.equals(that.updateTime)
        && contentType.equals(that.contentType)
        && Objects.deepEquals(value, that.value);
  }

  @Override
  public int hashCode() {
    // A key has one entry at a revision.
    return Objects.hash(key, revision);
  }
}
