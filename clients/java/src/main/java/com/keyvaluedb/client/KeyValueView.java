package com.keyvaluedb.client;

import com.keyvaluedb.client.codec.Codec;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The calls that read, write, list, scan and follow keys, for threads that wait. A client is one
 * for bytes; {@link #view} makes others of it, which are cheap, share its connection, and can be
 * kept or thrown away. They may be used by many threads.
 *
 * <p>Every call fails with {@link KeyValueException} and nothing else. It ends by its deadline at
 * the latest, tries included, and earlier, with {@code CANCELLED}, if its thread is interrupted.
 *
 * @param <V> the type of values
 */
public sealed class KeyValueView<V> permits KeyValueClient {
  private final AsyncKeyValueView<V> async;

  KeyValueView(AsyncKeyValueView<V> async) {
    this.async = async;
  }

  /** The same calls as futures and publishers. */
  public final AsyncKeyValueView<V> async() {
    return async;
  }

  /** The calls of whoever runs the store. */
  public final KeyValueAdmin admin() {
    return new KeyValueAdmin(async.admin());
  }

  /** The same store, with values as a codec has them. */
  public final <T> KeyValueView<T> view(Codec<T> codec) {
    return new KeyValueView<>(async.view(codec));
  }

  /**
   * The same with another deadline for each call. Of a scan it is for each wait for the server;
   * watches have none.
   *
   * @throws IllegalArgumentException if it is not more than zero
   */
  public final KeyValueView<V> withDeadline(Duration deadline) {
    return new KeyValueView<>(async.withDeadline(deadline));
  }

  /** The same with calls made again as they can be, where the client was built without that. */
  public final KeyValueView<V> withRetries() {
    return new KeyValueView<>(async.withRetries());
  }

  /**
   * The same with one try for each call, and without request ids but the caller's own. Watches go
   * on by themselves all the same.
   */
  public final KeyValueView<V> withoutRetries() {
    return new KeyValueView<>(async.withoutRetries());
  }

  /**
   * Sets a key to a value, whether or not it is there. It never expires; {@link SetOptions#ttl}.
   */
  public final SetResult<V> set(String key, V value) {
    return Blocking.await(async.set(key, value));
  }

  /** Sets a key to a value. Bytes must not be changed until the call has ended. */
  public final SetResult<V> set(String key, V value, SetOptions options) {
    return Blocking.await(async.set(key, value, options));
  }

  /** The entry of a key; empty: there is no such key. */
  public final Optional<Entry<V>> get(String key) {
    return Blocking.await(async.get(key));
  }

  /**
   * The entry of a key as it was at a revision, as far as older versions are kept; otherwise {@code
   * REVISION_COMPACTED}.
   *
   * @param revision 0: as it is
   */
  public final Optional<Entry<V>> get(String key, long revision) {
    return Blocking.await(async.get(key, revision));
  }

  /** Deletes a key. One that is not there is no error. */
  public final DeleteResult<V> delete(String key) {
    return Blocking.await(async.delete(key));
  }

  /** Deletes a key. One that is not there is no error, unless a precondition makes it one. */
  public final DeleteResult<V> delete(String key, DeleteOptions options) {
    return Blocking.await(async.delete(key, options));
  }

  /**
   * Changes when a key expires, and leaves its value and version alone. One that is not there is no
   * error.
   */
  public final TouchResult<V> touch(String key, TouchOptions options) {
    return Blocking.await(async.touch(key, options));
  }

  /** Adds to the number that a key holds as decimal text, and makes the key where it is absent. */
  public final IncrementResult<V> increment(String key, long delta) {
    return Blocking.await(async.increment(key, delta));
  }

  /**
   * Adds to a number. A value that is none fails with {@code INVALID_FIELD}, a sum past 64 bits
   * with {@code OVERFLOW}.
   */
  public final IncrementResult<V> increment(String key, long delta, IncrementOptions options) {
    return Blocking.await(async.increment(key, delta, options));
  }

  /**
   * Deletes keys of a range: as many as one call may. {@link DeleteRangeResult#more()} says whether
   * there are others.
   */
  public final DeleteRangeResult deleteRange(KeyRange range) {
    return Blocking.await(async.deleteRange(range));
  }

  /** Deletes keys of a range in one transaction. */
  public final DeleteRangeResult deleteRange(KeyRange range, DeleteRangeOptions options) {
    return Blocking.await(async.deleteRange(range, options));
  }

  /** How many keys a range has. */
  public final long countKeys(KeyRange range) {
    return Blocking.await(async.countKeys(range));
  }

  /** The keys of a range, page after page. */
  public final Listing<String> listKeys(KeyRange range) {
    return listKeys(range, ListOptions.DEFAULT);
  }

  /** The keys of a range, page after page, from either end. */
  public final Listing<String> listKeys(KeyRange range, ListOptions options) {
    return new Listing<>(async.pulls().keys(range, options));
  }

  /** The versions of a key that are kept, newest first. */
  public final Listing<Entry<V>> listVersions(String key) {
    return listVersions(key, ListOptions.DEFAULT);
  }

  /** The versions of a key that are kept, newest first, in pages of a size. */
  public final Listing<Entry<V>> listVersions(String key, ListOptions options) {
    return new Listing<>(async.pulls().versions(key, options));
  }

  /**
   * The entries of a range at one revision, without their values; {@link ScanOptions#withValues}.
   */
  public final ReplyStream<Entry<V>> scan(KeyRange range) {
    return scan(range, ScanOptions.DEFAULT);
  }

  /** The entries of a range at one revision. The server reads no further than they are taken. */
  public final ReplyStream<Entry<V>> scan(KeyRange range, ScanOptions options) {
    return new ReplyStream<>(async.pulls().entries(range, options).get());
  }

  /**
   * Asks for the state of keys and does one of two lists of operations: all of it at one revision,
   * or nothing.
   */
  public final TransactResult<V> transact(Transact<V> transact) {
    return Blocking.await(async.transact(transact));
  }

  /**
   * Runs a function that reads and writes, and makes its writes all at once if nothing that it read
   * has changed; otherwise runs it again, up to 10 times. So it must do nothing else that cannot be
   * done twice.
   *
   * @throws KeyValueException with {@code PRECONDITION_FAILED} if it was in conflict each time
   * @throws X what the function throws; nothing is written then
   */
  public final <R, X extends Exception> R transaction(TransactionFunction<V, R, X> function)
      throws X {
    return transaction(TransactionLoop.ATTEMPTS, function);
  }

  /**
   * The same with another bound.
   *
   * @param attempts how often the function is run at most
   * @throws X what the function throws; nothing is written then
   */
  public final <R, X extends Exception> R transaction(
      int attempts, TransactionFunction<V, R, X> function) throws X {
    return new TransactionLoop(attempts).run(this, function);
  }

  /** Every change in a range from now on. */
  public final ReplyStream<WatchMessage<V>> watch(KeyRange range) {
    return watch(List.of(range), WatchOptions.DEFAULT);
  }

  /** Every change in a range, in order. */
  public final ReplyStream<WatchMessage<V>> watch(KeyRange range, WatchOptions options) {
    return watch(List.of(range), options);
  }

  /**
   * Every change in some ranges, each once and in order. It goes on by itself when the server goes
   * away and comes back, without missing or repeating anything; across the end of this process it
   * does with the {@link WatchMessage#resumeToken()}.
   *
   * @param ranges none: all keys
   */
  public final ReplyStream<WatchMessage<V>> watch(List<KeyRange> ranges, WatchOptions options) {
    return new ReplyStream<>(async.pulls().watch(ranges, options).get());
  }

  /** Every expiration in a range from now on. */
  public final ReplyStream<ExpirationsMessage<V>> watchExpirations(KeyRange range) {
    return watchExpirations(range, WatchExpirationsOptions.DEFAULT);
  }

  /** Every expiration in a range, in order; it goes on by itself as {@link #watch} does. */
  public final ReplyStream<ExpirationsMessage<V>> watchExpirations(
      KeyRange range, WatchExpirationsOptions options) {
    return new ReplyStream<>(async.pulls().expirations(range, options).get());
  }
}
