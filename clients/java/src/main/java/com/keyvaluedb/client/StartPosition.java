package com.keyvaluedb.client;

import java.util.Objects;

/** Where a watch begins. */
public sealed interface StartPosition {
  /** From now on. */
  static StartPosition now() {
    return Now.INSTANCE;
  }

  /**
   * From this revision on, it included; 1 or more. Older than what is kept: {@code
   * REVISION_COMPACTED}.
   */
  static StartPosition revision(long revision) {
    return new AtRevision(revision);
  }

  /** From after the message that had this token. From another history: {@code HISTORY_CHANGED}. */
  static StartPosition resumeToken(String token) {
    return new AfterToken(token);
  }

  /**
   * With the entries that there are, and then with all that comes after them. Not for expirations.
   */
  static StartPosition currentState() {
    return CurrentState.INSTANCE;
  }

  /** See {@link #now()}. */
  enum Now implements StartPosition {
    /** The only one. */
    INSTANCE
  }

  /** See {@link #currentState()}. */
  enum CurrentState implements StartPosition {
    /** The only one. */
    INSTANCE
  }

  /**
   * See {@link #revision}.
   *
   * @param revision the first that is told
   */
  record AtRevision(long revision) implements StartPosition {}

  /**
   * See {@link #resumeToken}.
   *
   * @param token of the last message that was seen
   */
  record AfterToken(String token) implements StartPosition {
    /** No null, and nothing that cannot be a token. */
    public AfterToken {
      Text.checked("start.resume_token", Objects.requireNonNull(token, "token"));
    }
  }
}
