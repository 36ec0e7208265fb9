package com.keyvaluedb.client;

import com.keyvaluedb.client.UnaryCall.Method;
import com.keyvaluedb.client.codec.Codec;
import com.keyvaluedb.v1.GetRequest;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.ListKeysRequest;
import com.keyvaluedb.v1.ListKeysResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of {@link KeyValueView} for those who do not wait: futures for what has one answer,
 * publishers of {@link Flow} for what has many. To cancel a future, or a subscription, cancels the
 * call. A future fails with {@link KeyValueException}. What depends on it runs in a thread of
 * gRPC's, which may be waited in: there are as many as it takes.
 *
 * @param <V> the type of values
 */
public final class AsyncKeyValueView<V> {
  final Connection connection;
  final CallSettings settings;
  final Codec<V> codec;
  private final Replies<V> replies;
  private final Pulls<V> pulls;

  AsyncKeyValueView(Connection connection, CallSettings settings, Codec<V> codec) {
    this.connection = connection;
    this.settings = settings;
    this.codec = codec;
    replies = new Replies<>(codec);
    pulls = new Pulls<>(this, replies);
  }

  /** As {@link KeyValueView#admin}. */
  public AsyncKeyValueAdmin admin() {
    return new AsyncKeyValueAdmin(this);
  }

  /** As {@link KeyValueView#view}. */
  public <T> AsyncKeyValueView<T> view(Codec<T> codec) {
    return new AsyncKeyValueView<>(connection, settings, codec);
  }

  /** As {@link KeyValueView#withDeadline}. */
  public AsyncKeyValueView<V> withDeadline(Duration deadline) {
    return new AsyncKeyValueView<>(connection, settings.withDeadline(deadline), codec);
  }

  /** As {@link KeyValueView#withRetries}. */
  public AsyncKeyValueView<V> withRetries() {
    return new AsyncKeyValueView<>(connection, settings.withRetries(), codec);
  }

  /** As {@link KeyValueView#withoutRetries}. */
  public AsyncKeyValueView<V> withoutRetries() {
    return new AsyncKeyValueView<>(connection, settings.withoutRetries(), codec);
  }

  /** As {@link KeyValueView#set(String, Object)}. */
  public CompletableFuture<SetResult<V>> set(String key, V value) {
    return set(key, value, SetOptions.DEFAULT);
  }

  /** As {@link KeyValueView#set(String, Object, SetOptions)}. */
  public CompletableFuture<SetResult<V>> set(String key, V value, SetOptions options) {
    return call(
        new Method<>(KeyValueServiceGrpc.getSetMethod(), replies::set),
        () -> Requests.set(codec, new Operation.Set<>(key, value, options), id(options.requestId)));
  }

  /** As {@link KeyValueView#get(String)}. */
  public CompletableFuture<Optional<Entry<V>>> get(String key) {
    return get(key, 0);
  }

  /** As {@link KeyValueView#get(String, long)}. */
  public CompletableFuture<Optional<Entry<V>>> get(String key, long revision) {
    return call(
        new Method<>(KeyValueServiceGrpc.getGetMethod(), reply -> replies.get(reply).entry()),
        () -> GetRequest.newBuilder().setKey(Requests.key(key)).setRevision(revision).build());
  }

  /** As {@link KeyValueView#delete(String)}. */
  public CompletableFuture<DeleteResult<V>> delete(String key) {
    return delete(key, DeleteOptions.DEFAULT);
  }

  /** As {@link KeyValueView#delete(String, DeleteOptions)}. */
  public CompletableFuture<DeleteResult<V>> delete(String key, DeleteOptions options) {
    return call(
        new Method<>(KeyValueServiceGrpc.getDeleteMethod(), replies::delete),
        () -> Requests.delete(key, options, id(options.requestId)));
  }

  /** As {@link KeyValueView#touch}. */
  public CompletableFuture<TouchResult<V>> touch(String key, TouchOptions options) {
    return call(
        new Method<>(KeyValueServiceGrpc.getTouchMethod(), replies::touch),
        () -> Requests.touch(key, options, id(options.requestId)));
  }

  /** As {@link KeyValueView#increment(String, long)}. */
  public CompletableFuture<IncrementResult<V>> increment(String key, long delta) {
    return increment(key, delta, IncrementOptions.DEFAULT);
  }

  /** As {@link KeyValueView#increment(String, long, IncrementOptions)}. */
  public CompletableFuture<IncrementResult<V>> increment(
      String key, long delta, IncrementOptions options) {
    return call(
        new Method<>(KeyValueServiceGrpc.getIncrementMethod(), replies::increment),
        () ->
            Requests.increment(
                new Operation.Increment<>(key, delta, options), id(options.requestId)));
  }

  /** As {@link KeyValueView#deleteRange(KeyRange)}. */
  public CompletableFuture<DeleteRangeResult> deleteRange(KeyRange range) {
    return deleteRange(range, DeleteRangeOptions.DEFAULT);
  }

  /** As {@link KeyValueView#deleteRange(KeyRange, DeleteRangeOptions)}. */
  public CompletableFuture<DeleteRangeResult> deleteRange(
      KeyRange range, DeleteRangeOptions options) {
    return call(
        new Method<>(
            KeyValueServiceGrpc.getDeleteRangeMethod(),
            reply ->
                new DeleteRangeResult(
                    reply.getRevision(),
                    reply.getDeletedCount(),
                    reply.getMore(),
                    reply.getReplayed())),
        () -> Requests.deleteRange(range, options, id(options.requestId)));
  }

  /** As {@link KeyValueView#countKeys}. */
  public CompletableFuture<Long> countKeys(KeyRange range) {
    return call(
        new Method<>(KeyValueServiceGrpc.getListKeysMethod(), ListKeysResponse::getTotalSize),
        () ->
            ListKeysRequest.newBuilder()
                .setRange(Requests.range(range))
                .setCountOnly(true)
                .build());
  }

  /** As {@link KeyValueView#transact}. */
  public CompletableFuture<TransactResult<V>> transact(Transact<V> transact) {
    return call(
        new Method<>(KeyValueServiceGrpc.getTransactMethod(), replies::transact),
        () -> TransactRequests.transact(codec, transact, id(transact.requestId)));
  }

  /**
   * As {@link KeyValueView#transaction(TransactionFunction)}; cancelling the future ends nothing
   * that is under way.
   */
  public <R> CompletableFuture<R> transaction(AsyncTransactionFunction<V, R> function) {
    return transaction(TransactionLoop.ATTEMPTS, function);
  }

  /** As {@link KeyValueView#transaction(int, TransactionFunction)}. */
  public <R> CompletableFuture<R> transaction(
      int attempts, AsyncTransactionFunction<V, R> function) {
    return new TransactionLoop(attempts).run(this, function);
  }

  /** As {@link KeyValueView#listKeys(KeyRange)}. */
  public Flow.Publisher<String> listKeys(KeyRange range) {
    return listKeys(range, ListOptions.DEFAULT);
  }

  /** As {@link KeyValueView#listKeys(KeyRange, ListOptions)}. */
  public Flow.Publisher<String> listKeys(KeyRange range, ListOptions options) {
    return new PullPublisher<>(pulls.keys(range, options));
  }

  /** As {@link KeyValueView#listVersions(String)}. */
  public Flow.Publisher<Entry<V>> listVersions(String key) {
    return listVersions(key, ListOptions.DEFAULT);
  }

  /** As {@link KeyValueView#listVersions(String, ListOptions)}. */
  public Flow.Publisher<Entry<V>> listVersions(String key, ListOptions options) {
    return new PullPublisher<>(pulls.versions(key, options));
  }

  /** As {@link KeyValueView#scan(KeyRange)}. */
  public Flow.Publisher<Entry<V>> scan(KeyRange range) {
    return scan(range, ScanOptions.DEFAULT);
  }

  /** As {@link KeyValueView#scan(KeyRange, ScanOptions)}. */
  public Flow.Publisher<Entry<V>> scan(KeyRange range, ScanOptions options) {
    return new PullPublisher<>(pulls.entries(range, options));
  }

  /** As {@link KeyValueView#watch(KeyRange)}; each subscriber has a watch of its own. */
  public Flow.Publisher<WatchMessage<V>> watch(KeyRange range) {
    return watch(List.of(range), WatchOptions.DEFAULT);
  }

  /** As {@link KeyValueView#watch(List, WatchOptions)}; each subscriber has a watch of its own. */
  public Flow.Publisher<WatchMessage<V>> watch(List<KeyRange> ranges, WatchOptions options) {
    return new PullPublisher<>(pulls.watch(ranges, options));
  }

  /** As {@link KeyValueView#watchExpirations}; each subscriber has a watch of its own. */
  public Flow.Publisher<ExpirationsMessage<V>> watchExpirations(
      KeyRange range, WatchExpirationsOptions options) {
    return new PullPublisher<>(pulls.expirations(range, options));
  }

  Pulls<V> pulls() {
    return pulls;
  }

  /** What is wrong with the request itself fails the future, too: there is one place to look. */
  <Q, R, T> CompletableFuture<T> call(Method<Q, R, T> method, Supplier<Q> request) {
    try {
      return UnaryCall.start(connection, settings, method, request.get());
    } catch (KeyValueException invalid) {
      return CompletableFuture.failedFuture(invalid);
    }
  }

  /**
   * The caller's id, or one made for this call, so that it can be made again; none without retries.
   * On the wire an empty one is none.
   */
  private @Nullable String id(@Nullable String chosen) {
    if (chosen != null && !chosen.isEmpty()) return Text.checked("request_id", chosen);
    return settings.retries() ? UUID.randomUUID().toString() : null;
  }
}
