package com.keyvaluedb.client;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A key that expired. {@code (revision, index)} identifies it.
 *
 * @param <V> the type of values
 * @param revision of the transaction that ended the key
 * @param index the place within that transaction, from 0
 * @param key the key that is gone
 * @param value the value that it had, if it was asked for and not omitted
 * @param valueSize the size of that value in bytes, whether or not it is here
 * @param expireTime the deadline that passed
 * @param commitTime when the store committed the expiration, never before {@code expireTime}
 * @param cause why it expired
 * @param contentType of the value
 * @param valueOmitted the value was asked for, but is not here: too large, or damaged
 */
public record Expiration<V>(
    long revision,
    int index,
    String key,
    Optional<V> value,
    long valueSize,
    Instant expireTime,
    Instant commitTime,
    ExpirationCause cause,
    String contentType,
    boolean valueOmitted) {

  /** Equal in all parts; bytes byte for byte. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Expiration<?> that
        && revision == that.revision
        && index == that.index
        && key.equals(that.key)
        && valueSize == that.valueSize
        && expireTime.equals(that.expireTime)
        && commitTime.equals(that.commitTime)
        && cause == that.cause
        && contentType.equals(that.contentType)
        && valueOmitted == that.valueOmitted
        && Objects.deepEquals(value.orElse(null), that.value.orElse(null));
  }

  @Override
  public int hashCode() {
    return Objects.hash(revision, index);
  }
}
