package com.keyvaluedb.client;

import java.util.List;

/**
 * What a transaction answers.
 *
 * @param <V> the type of values
 * @param revision of the changes; where nothing was changed, the current one
 * @param succeeded whether all conditions held, so that {@code then} was done
 * @param results one for each operation that was done, in order
 * @param replayed whether the call was made before with the same request id, and did nothing now
 */
public record TransactResult<V>(
    long revision, boolean succeeded, List<OperationResult<V>> results, boolean replayed) {
  /** Keeps a copy of the list. */
  public TransactResult {
    results = List.copyOf(results);
  }
}
