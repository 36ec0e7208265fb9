package com.keyvaluedb.client;

import java.util.concurrent.CompletionStage;

/**
 * What reads and writes in a transaction without waiting.
 *
 * @param <V> the type of values
 * @param <R> what it comes to
 */
@FunctionalInterface
public interface AsyncTransactionFunction<V, R> {
  /** Reads and writes; run again from the beginning after a conflict. */
  CompletionStage<R> run(AsyncTransaction<V> transaction);
}
