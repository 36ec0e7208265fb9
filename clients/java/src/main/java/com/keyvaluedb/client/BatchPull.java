package com.keyvaluedb.client;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** The things in batches, one by one. The next batch is asked for when the last one is used up. */
final class BatchPull<T> implements Pull<T> {
  private final Pull<List<T>> batches;
  private final Queue<T> batch = new ArrayDeque<>();

  BatchPull(Pull<List<T>> batches) {
    this.batches = batches;
  }

  @Override
  public CompletableFuture<Optional<T>> next() {
    T first = batch.poll();
    if (first != null) return CompletableFuture.completedFuture(Optional.of(first));
    return batches
        .next()
        .thenCompose(
            more -> {
              if (more.isEmpty()) return CompletableFuture.completedFuture(Optional.empty());
              batch.addAll(more.get());
              return next();
            });
  }

  @Override
  public void cancel() {
    batches.cancel();
  }
}
