package com.keyvaluedb.client;

/**
 * Why a call failed, as {@link KeyValueException#reason()} tells it. The set is open: a server that
 * is newer than this client may have others, which come through as they are. They are strings, so
 * that a {@code switch} can take them.
 */
public final class Reason {
  /**
   * A key, size, time, token, glob or filter is not what it must be; the metadata's {@code field}
   * names it.
   */
  public static final String INVALID_FIELD = "INVALID_FIELD";

  /**
   * The key has another revision or value; the metadata has its {@code revision}, 0 where it is
   * absent.
   */
  public static final String PRECONDITION_FAILED = "PRECONDITION_FAILED";

  /** The key is there, and was not to be. */
  public static final String KEY_EXISTS = "KEY_EXISTS";

  /** The key is not there, and was to be. */
  public static final String KEY_ABSENT = "KEY_ABSENT";

  /** The sum of an increment does not fit into 64 bits. */
  public static final String OVERFLOW = "OVERFLOW";

  /** The position is older than what is kept; the metadata has the {@code oldest_revision}. */
  public static final String REVISION_COMPACTED = "REVISION_COMPACTED";

  /** The token belongs to another history of the store, as after a restore. */
  public static final String HISTORY_CHANGED = "HISTORY_CHANGED";

  /** The request id was used for another request. */
  public static final String REQUEST_ID_REUSED = "REQUEST_ID_REUSED";

  /** The server's disk is full. */
  public static final String NO_SPACE = "NO_SPACE";

  /** The server's memory for keys is used up. */
  public static final String QUOTA = "QUOTA";

  /** The server has more to do than it takes on. */
  public static final String OVERLOADED = "OVERLOADED";

  /** The stream was read too slowly. */
  public static final String SLOW_FOLLOWER = "SLOW_FOLLOWER";

  /**
   * A record on the server's disk is damaged; the metadata has its {@code segment} and {@code
   * offset}.
   */
  public static final String CORRUPT = "CORRUPT";

  /** The server is starting. */
  public static final String STARTING = "STARTING";

  /** The server is stopping. */
  public static final String DRAINING = "DRAINING";

  /** The server's storage has failed; a write may have been applied. */
  public static final String STORAGE_FAILED = "STORAGE_FAILED";

  /** The call's deadline passed; a write may have been applied. */
  public static final String DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED";

  /** The call was cancelled, or its thread interrupted; a write may have been applied. */
  public static final String CANCELLED = "CANCELLED";

  /** No server answered; a write that was sent may have been applied. The client's own. */
  public static final String UNREACHABLE = "UNREACHABLE";

  /** This client was closed. The client's own. */
  public static final String CLOSED = "CLOSED";

  /** A value could not be made into bytes; nothing was sent. The client's own. */
  public static final String ENCODE_FAILED = "ENCODE_FAILED";

  /**
   * A value has another content type than its codec reads, or does not decode. The client's own.
   */
  public static final String DECODE_FAILED = "DECODE_FAILED";

  /**
   * A status without details of the server's: {@link KeyValueException#code()} says what there is
   * to say.
   */
  public static final String OTHER = "OTHER";

  private Reason() {}
}
