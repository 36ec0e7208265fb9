package com.keyvaluedb.client;

/**
 * What reads and writes in a transaction.
 *
 * @param <V> the type of values
 * @param <R> what it returns
 * @param <X> what it throws
 */
@FunctionalInterface
public interface TransactionFunction<V, R, X extends Exception> {
  /** Reads and writes; run again from the beginning after a conflict. */
  R run(Transaction<V> transaction) throws X;
}
