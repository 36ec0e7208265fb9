package com.keyvaluedb.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Runs the function of a transaction until it is not in conflict, as often as it may. */
final class TransactionLoop {
  static final int ATTEMPTS = 10;

  private final int attempts;

  TransactionLoop(int attempts) {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: must be 1 or more, and is " + attempts);
    }
    this.attempts = attempts;
  }

  /** In the caller's thread, for it and its waits. */
  <V, R, X extends Exception> R run(KeyValueView<V> view, TransactionFunction<V, R, X> function)
      throws X {
    AsyncKeyValueView<V> async = view.async();
    for (int conflicts = 0; ; ) {
      TransactionAttempt attempt = new TransactionAttempt(async);
      R result = function.run(new Transaction<>(new AsyncTransaction<>(attempt, async.codec)));
      if (Blocking.await(attempt.commit())) return result;
      conflicts += 1;
      if (conflicts >= attempts) throw conflict(conflicts);
      sleep(async.connection.retryPolicy().afterConflict(conflicts));
    }
  }

  /** The same without waiting. */
  <V, R> CompletableFuture<R> run(
      AsyncKeyValueView<V> view, AsyncTransactionFunction<V, R> function) {
    return run(view, function, 0);
  }

  private <V, R> CompletableFuture<R> run(
      AsyncKeyValueView<V> view, AsyncTransactionFunction<V, R> function, int conflictsBefore) {
    TransactionAttempt attempt = new TransactionAttempt(view);
    CompletableFuture<R> result;
    try {
      result = function.run(new AsyncTransaction<>(attempt, view.codec)).toCompletableFuture();
    } catch (RuntimeException thrown) {
      return CompletableFuture.failedFuture(thrown);
    }
    return result.thenCompose(
        value ->
            attempt
                .commit()
                .thenCompose(
                    committed -> {
                      if (committed) return CompletableFuture.completedFuture(value);
                      int conflicts = conflictsBefore + 1;
                      if (conflicts >= attempts) {
                        return CompletableFuture.failedFuture(conflict(conflicts));
                      }
                      return afterWait(view.connection, conflicts)
                          .thenCompose(waited -> run(view, function, conflicts));
                    }));
  }

  private static CompletableFuture<Void> afterWait(Connection connection, int conflicts) {
    CompletableFuture<Void> waited = new CompletableFuture<>();
    Duration wait = connection.retryPolicy().afterConflict(conflicts);
    // Not in the timer's thread: what the function does is its own, and may take long.
    connection.after(wait, () -> waited.completeAsync(() -> null));
    return waited;
  }

  private static void sleep(Duration wait) {
    try {
      Thread.sleep(wait.toMillis(), wait.toNanosPart() % 1_000_000);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw Errors.cancelled(interrupted);
    }
  }

  private static KeyValueException conflict(int conflicts) {
    String message = "what the transaction read was changed by others, in all %d attempts";
    return KeyValueException.ofClient(
        Reason.PRECONDITION_FAILED, Status.Code.ABORTED, message.formatted(conflicts));
  }
}
