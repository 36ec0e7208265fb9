package com.keyvaluedb.client;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Things that come one after the other, each when it is asked for. All listings, scans and watches
 * are one underneath; {@link ReplyStream} shows it to threads that wait, {@link PullPublisher} to
 * those that do not.
 */
interface Pull<T> {
  /** The next one, or empty at the end. It is asked for only when the one before has come. */
  CompletableFuture<Optional<T>> next();

  /**
   * Ends it; one that is waited for fails with {@code CANCELLED}. From any thread, and more than
   * once.
   */
  void cancel();
}
