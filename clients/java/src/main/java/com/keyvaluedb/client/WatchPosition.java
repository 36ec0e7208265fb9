package com.keyvaluedb.client;

import org.jspecify.annotations.Nullable;

/**
 * Where a watch goes on after it was cut off: after the last message that it gave out, so that
 * nothing is missed and nothing told twice; or, in the middle of the current state, at its begin,
 * which the next message then says.
 */
final class WatchPosition {
  private final StartPosition start;
  private @Nullable String token;
  private boolean synced;
  private boolean told;
  private boolean restarted;

  WatchPosition(StartPosition start) {
    this.start = start;
    synced = !(start instanceof StartPosition.CurrentState);
  }

  /** From where the next stream is asked for. */
  StartPosition next() {
    return token == null || !synced ? start : StartPosition.resumeToken(token);
  }

  /**
   * A message is about to be given out.
   *
   * @return whether it is the first one after the current state was begun again
   */
  boolean given(String messageToken, Synced said) {
    boolean first = restarted;
    token = messageToken;
    synced |= said == Synced.NOW;
    told = true;
    restarted = false;
    return first;
  }

  /** Whether a message says that the current state has been told. */
  enum Synced {
    /** It does. */
    NOW,
    /** It does not. */
    NOT_SAID
  }

  /**
   * The stream was cut off.
   *
   * @param said the token in the error, if it had one. It counts only where none was given out
   *     before: what it may have come with since then has not been seen.
   */
  void lost(@Nullable String said) {
    if (token == null) token = said;
    if (!synced && told) restarted = true;
  }
}
