package com.keyvaluedb.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.keyvaluedb.client.KeyValueException.Details;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** Makes a {@link KeyValueException} of whatever a call ended with. */
final class Errors {
  private static final String DOMAIN = "keyvaluedb";

  /** The server's token in the metadata of an error that ends a stream. */
  static final String RESUME_TOKEN = "resume_token";

  private Errors() {}

  /** The error in a status that ended a call, with the server's details if it has some. */
  static KeyValueException fromStatus(Status status, @Nullable Metadata trailers) {
    List<Any> sent = details(status, trailers);
    boolean isBroken = isReset(status, sent) || isClosed(status);
    Status.Code code = isBroken ? Status.Code.UNAVAILABLE : status.getCode();
    String reason = reasonOfCode(code);
    Map<String, String> metadata = Map.of();
    Duration retryAfter = null;
    for (Any detail : sent) {
      Optional<ErrorInfo> info = read(detail, ErrorInfo.class);
      if (info.isPresent() && info.get().getDomain().equals(DOMAIN)) {
        reason = info.get().getReason();
        metadata = info.get().getMetadataMap();
      }
      Optional<RetryInfo> retry = read(detail, RetryInfo.class);
      if (retry.isPresent()) retryAfter = Times.fromProto(retry.get().getRetryDelay());
    }
    return new KeyValueException(
        message(status),
        new Details(reason, code, metadata, retryAfter),
        status.asRuntimeException(trailers));
  }

  /**
   * Whether something on the way, such as a proxy whose server is gone, has reset the stream. That
   * is gRPC's word for it; a server's own INTERNAL says what failed.
   */
  private static boolean isReset(Status status, List<Any> details) {
    String description = status.getDescription();
    return status.getCode() == Status.Code.INTERNAL
        && details.isEmpty()
        && description != null
        && description.contains("RST_STREAM");
  }

  /**
   * Whether the connection was closed under the call in a moment in which gRPC does not know any
   * more why (grpc-java, issue 10474).
   */
  private static boolean isClosed(Status status) {
    return status.getCode() == Status.Code.UNKNOWN
        && status.getCause() instanceof ClosedChannelException;
  }

  /** The error in what a call of gRPC's, or a future, failed with. */
  static KeyValueException fromThrowable(Throwable thrown) {
    Throwable error = unwrapped(thrown);
    if (error instanceof KeyValueException known) return known;
    if (error instanceof StatusRuntimeException failed) {
      return fromStatus(failed.getStatus(), failed.getTrailers());
    }
    if (error instanceof CancellationException) return cancelled(error);
    return fromStatus(Status.fromThrowable(error), Status.trailersFromThrowable(error));
  }

  static KeyValueException closed() {
    return KeyValueException.ofClient(
        Reason.CLOSED, Status.Code.CANCELLED, "this client was closed");
  }

  static KeyValueException cancelled(@Nullable Throwable cause) {
    return new KeyValueException(
        "cancelled", Details.of(Reason.CANCELLED, Status.Code.CANCELLED), cause);
  }

  static KeyValueException deadlineExceeded(Duration waited) {
    return KeyValueException.ofClient(
        Reason.DEADLINE_EXCEEDED,
        Status.Code.DEADLINE_EXCEEDED,
        "the server said nothing for " + waited.toMillis() + " ms");
  }

  /** What is wrong before anything is sent, told as the server would. */
  static KeyValueException invalidField(String field, String problem) {
    Details details =
        new Details(
            Reason.INVALID_FIELD, Status.Code.INVALID_ARGUMENT, Map.of("field", field), null);
    return new KeyValueException(field + ": " + problem, details, null);
  }

  static Throwable unwrapped(Throwable thrown) {
    boolean wrapped = thrown instanceof CompletionException || thrown instanceof ExecutionException;
    Throwable cause = thrown.getCause();
    return wrapped && cause != null ? unwrapped(cause) : thrown;
  }

  /** What the status says, and what it came from where that is known: a refused connection, say. */
  private static String message(Status status) {
    String description = status.getDescription();
    Throwable cause = status.getCause();
    String message = description == null ? status.getCode().name() : description;
    return cause == null || cause.getMessage() == null
        ? message
        : message + ": " + cause.getMessage();
  }

  private static List<Any> details(Status status, @Nullable Metadata trailers) {
    if (trailers == null) return List.of();
    try {
      return StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList();
    } catch (IllegalArgumentException unlike) {
      // Something on the way changed the status, and the details are of another one.
      return List.of();
    }
  }

  /**
   * A detail of this kind. One that is malformed is none; the status itself still says what
   * happened.
   */
  private static <M extends Message> Optional<M> read(Any detail, Class<M> kind) {
    try {
      return detail.is(kind) ? Optional.of(detail.unpack(kind)) : Optional.empty();
    } catch (InvalidProtocolBufferException malformed) {
      return Optional.empty();
    }
  }

  private static String reasonOfCode(Status.Code code) {
    return switch (code) {
      case UNAVAILABLE -> Reason.UNREACHABLE;
      case DEADLINE_EXCEEDED -> Reason.DEADLINE_EXCEEDED;
      case CANCELLED -> Reason.CANCELLED;
      default -> Reason.OTHER;
    };
  }
}
