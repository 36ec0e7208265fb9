package com.keyvaluedb.client;

/**
 * What one operation of a transaction answers, of the operation's own kind.
 *
 * @param <V> the type of values
 */
public sealed interface OperationResult<V>
    permits SetResult, GetResult, DeleteResult, TouchResult, IncrementResult {
  /** The revision that the answer stands for; in a transaction that of the transaction. */
  long revision();
}
