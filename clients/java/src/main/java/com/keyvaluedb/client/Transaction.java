package com.keyvaluedb.client;

import com.keyvaluedb.client.codec.Codec;
import java.util.Optional;

/**
 * What the function of a transaction reads with and writes to. Reads are made at once; writes are
 * gathered, and made all together when the function has returned and nothing that it read has
 * changed.
 *
 * @param <V> the type of values
 */
public final class Transaction<V> {
  private final AsyncTransaction<V> async;

  Transaction(AsyncTransaction<V> async) {
    this.async = async;
  }

  /** The same transaction, with values as another codec has them. */
  public <T> Transaction<T> view(Codec<T> codec) {
    return new Transaction<>(async.view(codec));
  }

  /**
   * The value of a key, as this transaction's own writes before have left it; empty: there is no
   * such key. A key that is read again is as it was the first time.
   *
   * @throws IllegalStateException of a key that this transaction has incremented or touched, since
   *     only the server knows what came of it
   */
  public Optional<V> get(String key) {
    return Blocking.await(async.get(key));
  }

  /** Sets a key. */
  public void set(String key, V value) {
    async.set(key, value);
  }

  /**
   * Sets a key. The options may have neither a precondition nor a request id: a transaction has its
   * own.
   */
  public void set(String key, V value, SetOptions options) {
    async.set(key, value, options);
  }

  /** Deletes a key, if it is there. */
  public void delete(String key) {
    async.delete(key);
  }

  /** Changes when a key expires, if it is there. */
  public void touch(String key, TouchOptions options) {
    async.touch(key, options);
  }

  /** Adds to the number that a key holds as decimal text. */
  public void increment(String key, long delta) {
    async.increment(key, delta);
  }

  /** Adds to the number that a key holds as decimal text. */
  public void increment(String key, long delta, IncrementOptions options) {
    async.increment(key, delta, options);
  }
}
