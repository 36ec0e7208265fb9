package com.keyvaluedb.client;

/** Why the store ended a key by itself. */
public enum ExpirationCause {
  /** The deadline passed while the server was running. */
  DEADLINE,
  /** The deadline passed while the server was down. */
  DEADLINE_WHILE_DOWN,
  /** Something that only a newer server knows. */
  UNKNOWN
}
