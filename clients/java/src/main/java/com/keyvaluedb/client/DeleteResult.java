package com.keyvaluedb.client;

import java.util.Optional;

/**
 * What a delete answers.
 *
 * @param <V> the type of values
 * @param revision of this change; where nothing was deleted, the current one
 * @param deleted whether there was such a key
 * @param previous the entry that was deleted, if it was asked for and there was one
 * @param replayed whether the call was made before with the same request id, and did nothing now
 */
public record DeleteResult<V>(
    long revision, boolean deleted, Optional<Entry<V>> previous, boolean replayed)
    implements OperationResult<V> {}
