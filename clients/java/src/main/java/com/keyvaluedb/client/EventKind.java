package com.keyvaluedb.client;

/** What can happen to a key. */
public enum EventKind {
  /** The key was set, whether or not it was there before. */
  SET,
  /** The key was deleted. */
  DELETE,
  /** The key's deadline passed, and the store ended it. */
  EXPIRE,
  /** The key was given another deadline, or none. */
  TOUCH,
  /** Something that only a newer server knows. */
  UNKNOWN
}
