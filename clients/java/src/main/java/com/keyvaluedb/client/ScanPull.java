package com.keyvaluedb.client;

import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.ScanRequest;
import com.keyvaluedb.v1.ScanResponse;
import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The replies of a scan, as batches of entries. Until the first one has come it is asked for again
 * as other calls are; after it, a failure is the end. The deadline is for each wait for the server,
 * since how long the reader takes is the reader's.
 */
final class ScanPull<T> implements Pull<List<T>> {
  private final Connection connection;
  private final CallSettings settings;
  private final ScanRequest request;
  private final Function<ScanResponse, List<T>> read;
  private final Context context = Context.current();
  private int failures;
  private boolean begun;
  private boolean cancelled;
  private @Nullable Pull<ScanResponse> replies;

  ScanPull(
      Connection connection,
      CallSettings settings,
      ScanRequest request,
      Function<ScanResponse, List<T>> read) {
    this.connection = connection;
    this.settings = settings;
    this.request = request;
    this.read = read;
  }

  @Override
  public CompletableFuture<Optional<List<T>>> next() {
    CompletableFuture<Optional<List<T>>> result = new CompletableFuture<>();
    Duration longest = settings.deadline();
    Deadline deadline = Deadline.after(Times.nanos(longest), TimeUnit.NANOSECONDS);
    WaitTimer.Wait timeout =
        connection.after(
            longest,
            () -> {
              result.completeExceptionally(connection.told(Errors.deadlineExceeded(longest)));
              cancel();
            });
    result.whenComplete((batch, error) -> timeout.cancel());
    context.run(() -> attempt(result, deadline));
    return result;
  }

  private void attempt(CompletableFuture<Optional<List<T>>> result, Deadline deadline) {
    opened()
        .ifPresentOrElse(
            open ->
                open.next()
                    .whenComplete(
                        (reply, error) -> {
                          if (error == null) given(result, reply);
                          else failed(result, deadline, Errors.fromThrowable(error));
                        }),
            () -> result.completeExceptionally(connection.told(Errors.cancelled(null))));
  }

  /**
   * The call under way, made if there is none; empty, once this was cancelled or the client closed.
   */
  private synchronized Optional<Pull<ScanResponse>> opened() {
    if (cancelled || connection.isClosed()) return Optional.empty();
    Pull<ScanResponse> open = replies;
    if (open == null) {
      open = new ReplyPull<>(connection, KeyValueServiceGrpc.getScanMethod(), request);
      replies = open;
    }
    return Optional.of(open);
  }

  private void given(CompletableFuture<Optional<List<T>>> result, Optional<ScanResponse> reply) {
    begun = true;
    try {
      result.complete(reply.map(read));
    } catch (RuntimeException unreadable) {
      result.completeExceptionally(unreadable);
      cancel();
    }
  }

  private void failed(
      CompletableFuture<Optional<List<T>>> result, Deadline deadline, KeyValueException error) {
    failures += 1;
    Optional<Duration> again =
        settings.retries() && !begun && !connection.isClosed()
            ? connection.retryPolicy().afterCall(error, failures)
            : Optional.empty();
    if (again.isEmpty()
        || Times.nanos(again.get()) >= deadline.timeRemaining(TimeUnit.NANOSECONDS)) {
      result.completeExceptionally(connection.told(error));
      return;
    }
    synchronized (this) {
      replies = null;
    }
    connection.after(again.get(), context.wrap(() -> attempt(result, deadline)));
  }

  @Override
  public synchronized void cancel() {
    cancelled = true;
    if (replies != null) replies.cancel();
  }
}
