package com.keyvaluedb.client;

import java.time.Instant;

/**
 * A mark in a watch: everything up to it was told.
 *
 * @param revision every event at this revision or an earlier one was told before
 * @param time every event that was durable before then was told before: the store's time when the
 *     mark was made, or an earlier one while the watch is behind
 */
public record Progress(long revision, Instant time) {}
