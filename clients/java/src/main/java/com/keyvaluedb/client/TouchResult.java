package com.keyvaluedb.client;

import java.time.Instant;
import java.util.Optional;

/**
 * What a touch answers.
 *
 * @param <V> the type of values
 * @param revision of this change; where nothing was touched, the current one
 * @param touched whether there was such a key
 * @param expireTime when the key expires; empty: never, or there is no such key
 * @param previous the entry as it was before, if it was asked for and there was one
 * @param replayed whether the call was made before with the same request id, and did nothing now
 */
public record TouchResult<V>(
    long revision,
    boolean touched,
    Optional<Instant> expireTime,
    Optional<Entry<V>> previous,
    boolean replayed)
    implements OperationResult<V> {}
