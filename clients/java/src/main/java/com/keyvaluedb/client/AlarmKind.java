package com.keyvaluedb.client;

/** What is wrong with a store. */
public enum AlarmKind {
  /** The disk is full: writes are refused, reads go on. */
  NO_SPACE,
  /** The machine's clock is further ahead than is believed. */
  CLOCK_AHEAD,
  /** A damaged record was met. */
  CORRUPT,
  /** The last compaction failed, or left segments alone. */
  COMPACTION_FAILED,
  /** The memory for keys is used up: new keys are refused. */
  QUOTA,
  /** One that only a newer server knows. */
  UNKNOWN
}
