package com.keyvaluedb.client;

import java.util.Optional;

/**
 * What a get within a transaction answers.
 *
 * @param <V> the type of values
 * @param entry the key with its value; empty: there is no such key
 * @param revision that the answer stands for
 */
public record GetResult<V>(Optional<Entry<V>> entry, long revision) implements OperationResult<V> {}
