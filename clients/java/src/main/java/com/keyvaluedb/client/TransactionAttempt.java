package com.keyvaluedb.client;

import com.google.protobuf.ByteString;
import com.keyvaluedb.client.UnaryCall.Method;
import com.keyvaluedb.client.codec.Codec;
import com.keyvaluedb.client.codec.Codecs;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.Operation;
import com.keyvaluedb.v1.SetRequest;
import com.keyvaluedb.v1.TransactRequest;
import com.keyvaluedb.v1.TransactResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One run of a transaction's function: what it has read, each key once, and what it is to write. It
 * is committed on the condition that what was read is still so.
 */
final class TransactionAttempt {
  private final AsyncKeyValueView<byte[]> store;
  private final Map<String, CompletableFuture<Optional<Entry<byte[]>>>> reads = new HashMap<>();
  private final Map<String, Written> written = new HashMap<>();
  private final List<Operation> writes = new ArrayList<>();
  private boolean ended;

  TransactionAttempt(AsyncKeyValueView<?> view) {
    store = view.view(Codecs.bytes());
  }

  /**
   * What the transaction's own writes make of a key, as far as that can be told without the server.
   */
  private sealed interface Written {
    record Value(ByteString bytes, String contentType) implements Written {}

    enum Other implements Written {
      DELETED,
      UNKNOWN
    }
  }

  <V> CompletableFuture<Optional<V>> get(Codec<V> codec, String key) {
    CompletableFuture<Optional<Entry<byte[]>>> read;
    synchronized (this) {
      Written own = written.get(key);
      if (own != null) return CompletableFuture.completedFuture(valueOf(own, codec, key));
      checkOpen();
      read = reads.computeIfAbsent(key, store::get);
    }
    return read.thenApply(entry -> entry.map(it -> EncodedValue.of(it).decode(codec)));
  }

  private static <V> Optional<V> valueOf(Written own, Codec<V> codec, String key) {
    if (own instanceof Written.Value value) {
      byte[] bytes = value.bytes().toByteArray();
      return Optional.of(Values.decode(codec, value.contentType(), bytes));
    }
    if (own == Written.Other.DELETED) return Optional.empty();
    throw new IllegalStateException(
        "get of " + key + ": it was incremented or touched in the same transaction");
  }

  void set(SetRequest set) {
    Written.Value value = new Written.Value(set.getValue(), set.getContentType());
    write(set.getKey(), value, Operation.newBuilder().setSet(set).build());
  }

  void delete(String key) {
    var delete = Requests.delete(key, DeleteOptions.DEFAULT, null);
    write(key, Written.Other.DELETED, Operation.newBuilder().setDelete(delete).build());
  }

  void touch(String key, TouchOptions options) {
    var touch = Requests.touch(key, options, null);
    write(key, Written.Other.UNKNOWN, Operation.newBuilder().setTouch(touch).build());
  }

  void increment(String key, long delta, IncrementOptions options) {
    var step = new com.keyvaluedb.client.Operation.Increment<>(key, delta, options);
    var increment = Requests.increment(step, null);
    write(key, Written.Other.UNKNOWN, Operation.newBuilder().setIncrement(increment).build());
  }

  private synchronized void write(String key, Written becomes, Operation operation) {
    checkOpen();
    written.put(key, becomes);
    writes.add(operation);
  }

  private void checkOpen() {
    if (ended) throw new IllegalStateException("the transaction has ended");
  }

  /** Makes all writes if what was read is still so. What it comes to says whether it was. */
  CompletableFuture<Boolean> commit() {
    List<CompletableFuture<Optional<Entry<byte[]>>>> read;
    synchronized (this) {
      ended = true;
      read = List.copyOf(reads.values());
    }
    // One read alone is as good as a transaction.
    if (writes.isEmpty() && read.size() <= 1) return CompletableFuture.completedFuture(true);
    return CompletableFuture.allOf(read.toArray(CompletableFuture[]::new))
        .thenCompose(
            all ->
                store.call(
                    new Method<>(
                        KeyValueServiceGrpc.getTransactMethod(), TransactResponse::getSucceeded),
                    this::request));
  }

  private synchronized TransactRequest request() {
    TransactRequest.Builder request = TransactRequest.newBuilder().addAllThen(writes);
    reads.forEach((key, read) -> request.addConditions(asRead(key, read.join().orElse(null))));
    if (store.settings.retries()) request.setRequestId(UUID.randomUUID().toString());
    return request.build();
  }

  private static com.keyvaluedb.v1.Condition asRead(String key, @Nullable Entry<byte[]> entry) {
    return Requests.condition(Condition.revision(key, entry == null ? 0 : entry.revision()));
  }
}
