package com.keyvaluedb.client;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that happened to a key. {@code (revision, index)} identifies it.
 *
 * @param <V> the type of values
 * @param kind what happened
 * @param revision of the transaction
 * @param index the place within that transaction, from 0
 * @param entry as a set or a touch left it; of a key that is gone only the key, the revision and,
 *     if it expired, the deadline that passed
 * @param previous what was there before, if it was asked for and is still to be had
 * @param previousOmitted there was something before and it was asked for, but it is not here
 * @param valueOmitted the value of {@code entry} is not here, since it was too large to be sent
 * @param commitTime when the store committed it
 */
public record Event<V>(
    EventKind kind,
    long revision,
    int index,
    Entry<V> entry,
    Optional<Entry<V>> previous,
    boolean previousOmitted,
    boolean valueOmitted,
    Instant commitTime) {
  /** The key that it happened to. */
  public String key() {
    return entry.key();
  }
}
