package com.keyvaluedb.client;

import java.time.Instant;

/**
 * A mark in a watch: everything up to it was told.
 *
 * @param revision every event at this revision or an earlier one was told before
 * @param time the store's time when the mark was made
 */
public record Progress(long revision, Instant time) {}
