package com.keyvaluedb.client;

import io.grpc.Status;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What every call fails with: one type, with the reason that a program can act on.
 *
 * <pre>{@code
 * try {
 *   client.set("lock", owner, SetOptions.ifAbsent());
 * } catch (KeyValueException e) {
 *   if (!e.reason().equals(Reason.KEY_EXISTS)) throw e;
 * }
 * }</pre>
 */
public final class KeyValueException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Details details;

  KeyValueException(String message, Details details, @Nullable Throwable cause) {
    super(message, cause);
    this.details = details;
  }

  /** One that this client makes of itself, without a word of the server's. */
  static KeyValueException ofClient(String reason, Status.Code code, String message) {
    return new KeyValueException(message, Details.of(reason, code), null);
  }

  /**
   * The same with the stack of whoever waited for it; the one of the thread that met it is the
   * cause.
   */
  KeyValueException thrownHere() {
    return new KeyValueException(getMessage(), details, this);
  }

  /** The same with the key that it is about in the message and the metadata. */
  KeyValueException ofKey(String key) {
    Details ofKey =
        new Details(details.reason, details.code, Map.of("key", key), details.retryAfter);
    return new KeyValueException(key + ": " + getMessage(), ofKey, getCause());
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? details.reason() : message;
  }

  /** Why: one of {@link Reason}, or one that only the server knows. */
  public String reason() {
    return details.reason();
  }

  /** Whether {@link #reason()} is this one. */
  public boolean is(String reason) {
    return details.reason().equals(reason);
  }

  /** The status of the call in gRPC's terms. */
  public Status.Code code() {
    return details.code();
  }

  /**
   * What the server adds: {@code field}, {@code key}, {@code revision}, {@code oldest_revision} and
   * the like.
   */
  public Map<String, String> metadata() {
    return details.metadata();
  }

  /** After how long it makes sense to try again, if the server said so. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(details.retryAfter());
  }

  /**
   * What there is beside the message. Its maps are those of {@link Map#copyOf}, which can be
   * serialized.
   */
  @SuppressWarnings("serial")
  record Details(
      String reason, Status.Code code, Map<String, String> metadata, @Nullable Duration retryAfter)
      implements Serializable {
    Details {
      metadata = Map.copyOf(metadata);
    }

    static Details of(String reason, Status.Code code) {
      return new Details(reason, code, Map.of(), null);
    }
  }
}
