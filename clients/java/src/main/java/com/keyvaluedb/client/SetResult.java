package com.keyvaluedb.client;

import java.time.Instant;
import java.util.Optional;

/**
 * What a set answers.
 *
 * @param <V> the type of values
 * @param revision of this change
 * @param expireTime when the key expires; empty: never
 * @param previous the entry that was replaced, if it was asked for and there was one
 * @param replayed whether the call was made before with the same request id, and did nothing now
 */
public record SetResult<V>(
    long revision, Optional<Instant> expireTime, Optional<Entry<V>> previous, boolean replayed)
    implements OperationResult<V> {}
