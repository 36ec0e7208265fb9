package com.keyvaluedb.client;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for a future in the caller's thread, whose interruption cancels it. */
final class Blocking {
  private Blocking() {}

  /**
   * What the future comes to.
   *
   * @throws KeyValueException with which it failed, or {@code CANCELLED} when the thread is
   *     interrupted
   */
  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get();
    } catch (InterruptedException interrupted) {
      throw interrupted(future, interrupted);
    } catch (CancellationException cancelled) {
      throw Errors.cancelled(cancelled);
    } catch (ExecutionException failed) {
      throw thrownHere(failed);
    }
  }

  /** The same for so long at most; empty: it is under way still. */
  static <T> Optional<T> await(CompletableFuture<T> future, Duration atMost) {
    try {
      return Optional.of(future.get(Times.nanos(atMost), TimeUnit.NANOSECONDS));
    } catch (TimeoutException stillUnderWay) {
      return Optional.empty();
    } catch (InterruptedException interrupted) {
      throw interrupted(future, interrupted);
    } catch (CancellationException cancelled) {
      throw Errors.cancelled(cancelled);
    } catch (ExecutionException failed) {
      throw thrownHere(failed);
    }
  }

  private static KeyValueException interrupted(
      CompletableFuture<?> future, InterruptedException interrupted) {
    future.cancel(true);
    Thread.currentThread().interrupt();
    return Errors.cancelled(interrupted);
  }

  private static RuntimeException thrownHere(ExecutionException failed) {
    Throwable cause = Errors.unwrapped(failed);
    if (cause instanceof Error error) throw error;
    if (cause instanceof KeyValueException known) return known.thrownHere();
    if (cause instanceof CancellationException) return Errors.cancelled(cause);
    if (cause instanceof RuntimeException other) return other;
    return Errors.fromThrowable(cause).thrownHere();
  }
}
