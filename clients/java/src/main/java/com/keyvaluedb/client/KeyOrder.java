package com.keyvaluedb.client;

/** The order of a store's keys, chosen when the store is created. */
public enum KeyOrder {
  /** By the bytes of their UTF-8. */
  BYTES,
  /** By their bytes, the last first. */
  REVERSE,
  /** A run of digits counts as a number, so that {@code a2} comes before {@code a10}. */
  NATURAL,
  /** As if A to Z were a to z; those that are the same then, by their bytes. */
  CASE_INSENSITIVE,
  /** One that only a newer server knows. */
  UNKNOWN
}
