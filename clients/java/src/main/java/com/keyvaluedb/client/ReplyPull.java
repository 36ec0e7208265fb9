package com.keyvaluedb.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The replies to one request. gRPC is asked for a message only when one is asked for here, so that
 * HTTP/2's flow control holds the server to the pace of whoever reads.
 */
final class ReplyPull<Q, R> implements Pull<R> {
  private final ClientCall<Q, R> call;
  private @Nullable CompletableFuture<Optional<R>> awaited;
  private @Nullable KeyValueException failure;
  private boolean ended;

  ReplyPull(Connection connection, MethodDescriptor<Q, R> method, Q request) {
    call = connection.newCall(method, CallOptions.DEFAULT);
    call.start(new Replies(), new Metadata());
    call.sendMessage(request);
    call.halfClose();
  }

  @Override
  public CompletableFuture<Optional<R>> next() {
    CompletableFuture<Optional<R>> next = new CompletableFuture<>();
    synchronized (this) {
      if (failure != null) return CompletableFuture.failedFuture(failure);
      if (ended) return CompletableFuture.completedFuture(Optional.empty());
      awaited = next;
    }
    call.request(1);
    return next;
  }

  @Override
  public void cancel() {
    call.cancel("cancelled", null);
  }

  private synchronized @Nullable CompletableFuture<Optional<R>> takeAwaited() {
    CompletableFuture<Optional<R>> taken = awaited;
    awaited = null;
    return taken;
  }

  private final class Replies extends ClientCall.Listener<R> {
    @Override
    public void onMessage(R message) {
      CompletableFuture<Optional<R>> taker = takeAwaited();
      if (taker != null) taker.complete(Optional.of(message));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      KeyValueException error = status.isOk() ? null : Errors.fromStatus(status, trailers);
      CompletableFuture<Optional<R>> taker;
      synchronized (ReplyPull.this) {
        ended = true;
        failure = error;
        taker = takeAwaited();
      }
      if (taker == null) return;
      if (error == null) taker.complete(Optional.empty());
      else taker.completeExceptionally(error);
    }
  }
}
