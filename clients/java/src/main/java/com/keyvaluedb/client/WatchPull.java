package com.keyvaluedb.client;

import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a watch, which goes on by itself when it is cut off, for as long as anyone asks
 * for them. It ends with an error that cannot be mended, and when it is cancelled or the client
 * closed.
 */
final class WatchPull<Q, R, M> implements Pull<M> {
  private final Connection connection;
  private final Kind<Q, R, M> kind;
  private final WatchPosition position;
  private final Context context = Context.current();
  private int failures;
  private @Nullable Pull<R> replies;
  private @Nullable CompletableFuture<Optional<M>> awaited;
  private @Nullable KeyValueException end;

  WatchPull(Connection connection, StartPosition start, Kind<Q, R, M> kind) {
    this.connection = connection;
    this.kind = kind;
    position = new WatchPosition(start);
  }

  /** What a watch of changes and one of expirations differ in. */
  interface Kind<Q, R, M> {
    MethodDescriptor<Q, R> method();

    Q request(StartPosition start);

    String token(R reply);

    WatchPosition.Synced synced(R reply);

    M message(R reply, boolean restarted);
  }

  @Override
  public CompletableFuture<Optional<M>> next() {
    CompletableFuture<Optional<M>> result = new CompletableFuture<>();
    synchronized (this) {
      if (end != null) return CompletableFuture.failedFuture(end);
      awaited = result;
    }
    context.run(this::attempt);
    return result;
  }

  private void attempt() {
    Pull<R> open = opened();
    if (open == null) return;
    open.next()
        .whenComplete(
            (reply, error) -> {
              if (error != null) lost(Errors.fromThrowable(error));
              else if (reply.isEmpty()) lost(streamEnded());
              else given(reply.get());
            });
  }

  /** The stream under way, asked for if there is none; null, if this has ended. */
  private @Nullable Pull<R> opened() {
    if (connection.isClosed()) ended(Errors.closed());
    synchronized (this) {
      if (end != null) return null;
      if (replies == null) {
        replies = new ReplyPull<>(connection, kind.method(), kind.request(position.next()));
      }
      return replies;
    }
  }

  private void given(R reply) {
    CompletableFuture<Optional<M>> taker;
    M message;
    try {
      synchronized (this) {
        if (end != null) return;
        failures = 0;
        message = kind.message(reply, position.given(kind.token(reply), kind.synced(reply)));
        taker = awaited;
        awaited = null;
      }
    } catch (RuntimeException unreadable) {
      cancelStream();
      ended(Errors.fromThrowable(unreadable));
      return;
    }
    if (taker != null) taker.complete(Optional.of(message));
  }

  private void lost(KeyValueException error) {
    Optional<Duration> again;
    synchronized (this) {
      if (end != null) return;
      failures += 1;
      replies = null;
      position.lost(error.metadata().get(Errors.RESUME_TOKEN));
      again = connection.retryPolicy().afterWatch(error, failures);
    }
    if (again.isEmpty() || connection.isClosed()) ended(connection.told(error));
    else connection.after(again.get(), context.wrap(this::attempt));
  }

  /** A stream that ends without an error is one that was cut off in another way. */
  private static KeyValueException streamEnded() {
    return Errors.fromStatus(Status.UNAVAILABLE.withDescription("the stream ended"), null);
  }

  private void ended(KeyValueException error) {
    CompletableFuture<Optional<M>> taker;
    synchronized (this) {
      if (end == null) end = error;
      taker = awaited;
      awaited = null;
    }
    if (taker != null) taker.completeExceptionally(error);
  }

  private void cancelStream() {
    Pull<R> open;
    synchronized (this) {
      open = replies;
    }
    if (open != null) open.cancel();
  }

  @Override
  public void cancel() {
    ended(Errors.cancelled(null));
    cancelStream();
  }
}
