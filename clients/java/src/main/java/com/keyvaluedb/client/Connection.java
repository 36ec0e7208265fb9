package com.keyvaluedb.client;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** What all views of a client share: the channel, a timer for waits, and whether it was closed. */
final class Connection implements AutoCloseable {
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(5);

  private final ManagedChannel channel;
  private final WaitTimer timer = new WaitTimer();
  private final RetryPolicy retryPolicy =
      new RetryPolicy(() -> ThreadLocalRandom.current().nextDouble());
  private volatile boolean closed;

  Connection(ManagedChannel channel) {
    this.channel = channel;
  }

  RetryPolicy retryPolicy() {
    return retryPolicy;
  }

  boolean isClosed() {
    return closed;
  }

  /** The error as it is to be told: what ends because the client was closed says that. */
  KeyValueException told(KeyValueException error) {
    return closed && !error.is(Reason.CLOSED) ? Errors.closed() : error;
  }

  /**
   * A call on the channel. gRPC lets calls fail at once while it waits before it connects again, up
   * to two minutes; how long to wait is for our retries to say, so every try connects anew.
   */
  <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) channel.enterIdle();
    return channel.newCall(method, options);
  }

  /** Runs something short after the wait, or as soon as the client is closed. */
  WaitTimer.Wait after(Duration wait, Runnable task) {
    return timer.after(wait, task);
  }

  /** Ends all calls, and those that wait for their next try. */
  @Override
  public void close() {
    closed = true;
    channel.shutdownNow();
    timer.close();
    try {
      channel.awaitTermination(CLOSE_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
