package com.keyvaluedb.client;

import com.keyvaluedb.client.codec.Codec;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What the function of a transaction reads with and writes to, without waiting. See {@link
 * Transaction}.
 *
 * @param <V> the type of values
 */
public final class AsyncTransaction<V> {
  private final TransactionAttempt attempt;
  private final Codec<V> codec;

  AsyncTransaction(TransactionAttempt attempt, Codec<V> codec) {
    this.attempt = attempt;
    this.codec = codec;
  }

  /** The same transaction, with values as another codec has them. */
  public <T> AsyncTransaction<T> view(Codec<T> other) {
    return new AsyncTransaction<>(attempt, other);
  }

  /** As {@link Transaction#get}. */
  public CompletableFuture<Optional<V>> get(String key) {
    return attempt.get(codec, key);
  }

  /** As {@link Transaction#set(String, Object)}. */
  public void set(String key, V value) {
    set(key, value, SetOptions.DEFAULT);
  }

  /** As {@link Transaction#set(String, Object, SetOptions)}. */
  public void set(String key, V value, SetOptions options) {
    attempt.set(Requests.set(codec, new Operation.Set<>(key, value, options), options.requestId));
  }

  /** As {@link Transaction#delete}. */
  public void delete(String key) {
    attempt.delete(key);
  }

  /** As {@link Transaction#touch}. */
  public void touch(String key, TouchOptions options) {
    attempt.touch(key, options);
  }

  /** As {@link Transaction#increment(String, long)}. */
  public void increment(String key, long delta) {
    increment(key, delta, IncrementOptions.DEFAULT);
  }

  /** As {@link Transaction#increment(String, long, IncrementOptions)}. */
  public void increment(String key, long delta, IncrementOptions options) {
    attempt.increment(key, delta, options);
  }
}
