package com.keyvaluedb.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer, asked for again as the retry policy says until the deadline. To
 * cancel the future cancels the call.
 */
final class UnaryCall<Q, R, T> extends CompletableFuture<T> {
  private final Connection connection;
  private final MethodDescriptor<Q, R> method;
  private final Q request;
  private final Function<R, T> read;
  private final boolean retries;
  private final Deadline deadline;
  private final Context context = Context.current();
  private int failures;
  private volatile @Nullable ClientCall<Q, R> current;
  private volatile WaitTimer.@Nullable Wait wait;

  private UnaryCall(
      Connection connection, CallSettings settings, Method<Q, R, T> method, Q request) {
    this.connection = connection;
    this.method = method.descriptor();
    this.read = method.read();
    this.request = request;
    retries = settings.retries();
    deadline = Deadline.after(Times.nanos(settings.deadline()), TimeUnit.NANOSECONDS);
  }

  /** What is called, and how its reply is read. */
  record Method<Q, R, T>(MethodDescriptor<Q, R> descriptor, Function<R, T> read) {}

  static <Q, R, T> CompletableFuture<T> start(
      Connection connection, CallSettings settings, Method<Q, R, T> method, Q request) {
    UnaryCall<Q, R, T> call = new UnaryCall<>(connection, settings, method, request);
    call.attempt();
    return call;
  }

  private void attempt() {
    if (isDone()) return;
    if (connection.isClosed()) {
      completeExceptionally(Errors.closed());
      return;
    }
    ClientCall<Q, R> call = connection.newCall(method, CallOptions.DEFAULT.withDeadline(deadline));
    current = call;
    ClientCalls.asyncUnaryCall(call, request, new Reply());
    // It may have been cancelled before there was a call to cancel.
    if (isCancelled()) call.cancel("cancelled", null);
  }

  private void failed(KeyValueException error) {
    failures += 1;
    Optional<Duration> again =
        retries && !connection.isClosed()
            ? connection.retryPolicy().afterCall(error, failures)
            : Optional.empty();
    if (again.isEmpty() || isAfterDeadline(again.get())) {
      completeExceptionally(connection.told(error));
    } else {
      wait = connection.after(again.get(), context.wrap(this::attempt));
      if (isCancelled()) cancelWait();
    }
  }

  private boolean isAfterDeadline(Duration again) {
    return Times.nanos(again) >= deadline.timeRemaining(TimeUnit.NANOSECONDS);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      ClientCall<Q, R> call = current;
      if (call != null) call.cancel("cancelled", null);
      cancelWait();
    }
    return cancelled;
  }

  private void cancelWait() {
    WaitTimer.Wait waiting = wait;
    if (waiting != null) waiting.cancel();
  }

  /** What comes of one try. */
  private final class Reply implements StreamObserver<R> {
    @Override
    public void onNext(R reply) {
      try {
        complete(read.apply(reply));
      } catch (RuntimeException unreadable) {
        completeExceptionally(unreadable);
      }
    }

    @Override
    public void onError(Throwable error) {
      if (!isDone()) failed(Errors.fromThrowable(error));
    }

    @Override
    public void onCompleted() {
      // gRPC makes an error of a unary call that ends without a reply.
    }
  }
}
