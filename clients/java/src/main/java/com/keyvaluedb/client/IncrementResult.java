package com.keyvaluedb.client;

import java.time.Instant;
import java.util.Optional;

/**
 * What an increment answers.
 *
 * @param <V> the type of values of the transaction that it was part of
 * @param revision of this change
 * @param value the number that the key holds now
 * @param expireTime when the key expires; empty: never
 * @param replayed whether the call was made before with the same request id, and did nothing now
 */
public record IncrementResult<V>(
    long revision, long value, Optional<Instant> expireTime, boolean replayed)
    implements OperationResult<V> {}
