package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorsTest {
  @Test
  void tellsWhatTheServerSaid() {
    KeyValueException error =
        Errors.fromThrowable(
            FakeServer.error(
                Status.Code.ABORTED, Reason.PRECONDITION_FAILED, Map.of("revision", "7")));
    assertThat(error.reason()).isEqualTo(Reason.PRECONDITION_FAILED);
    assertThat(error.code()).isEqualTo(Status.Code.ABORTED);
    assertThat(error.metadata()).containsExactly(Map.entry("revision", "7"));
    assertThat(error).hasMessage("because of PRECONDITION_FAILED");
    assertThat(error.getCause()).isInstanceOf(StatusRuntimeException.class);
    assertThat(error.retryAfter()).isEmpty();
  }

  @Test
  void keepsReasonsThatItDoesNotKnow() {
    StatusRuntimeException thrown =
        FakeServer.error(Status.Code.UNAVAILABLE, "OF_TOMORROW", Map.of());
    assertThat(Errors.fromThrowable(thrown).reason()).isEqualTo("OF_TOMORROW");
  }

  @Test
  void tellsAfterHowLongToTryAgain() {
    KeyValueException error =
        Errors.fromThrowable(
            FakeServer.errorWithRetry(Status.Code.RESOURCE_EXHAUSTED, Reason.OVERLOADED, 250));
    assertThat(error.retryAfter()).contains(Duration.ofMillis(250));
  }

  @Test
  void ignoresDetailsOfOthers() {
    ErrorInfo foreign =
        ErrorInfo.newBuilder().setDomain("proxy.example").setReason("NO_ROUTE").build();
    StatusRuntimeException thrown =
        StatusProto.toStatusRuntimeException(
            com.google.rpc.Status.newBuilder()
                .setCode(Status.Code.UNAVAILABLE.value())
                .addDetails(Any.pack(foreign))
                .build());
    assertThat(Errors.fromThrowable(thrown).reason()).isEqualTo(Reason.UNREACHABLE);
  }

  @Test
  void outlivesDetailsThatAreNone() {
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
        new byte[] {(byte) 0xff, 1, 2});
    assertThat(Errors.fromStatus(Status.INTERNAL, trailers).reason()).isEqualTo(Reason.OTHER);
  }

  @ParameterizedTest
  @CsvSource({
    "UNAVAILABLE, UNREACHABLE",
    "DEADLINE_EXCEEDED, DEADLINE_EXCEEDED",
    "CANCELLED, CANCELLED",
    "INTERNAL, OTHER",
    "UNIMPLEMENTED, OTHER",
  })
  void namesStatusesWithoutDetails(Status.Code code, String reason) {
    StatusRuntimeException thrown = code.toStatus().asRuntimeException();
    assertThat(Errors.fromThrowable(new CompletionException(thrown)).reason()).isEqualTo(reason);
  }

  @Test
  void takesAStreamThatAProxyResetForABrokenOne() {
    Status reset =
        Status.INTERNAL.withDescription("RST_STREAM closed stream. HTTP/2 error code: CANCEL");
    KeyValueException error = Errors.fromStatus(reset, null);
    assertThat(error.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(error.code()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void takesAConnectionThatWasClosedUnderACallForABrokenOne() {
    Status closed =
        Status.UNKNOWN.withDescription("channel closed").withCause(new ClosedChannelException());
    KeyValueException error = Errors.fromThrowable(closed.asRuntimeException());
    assertThat(error.reason()).isEqualTo(Reason.UNREACHABLE);
    assertThat(error.code()).isEqualTo(Status.Code.UNAVAILABLE);
    KeyValueException other = Errors.fromThrowable(Status.UNKNOWN.asRuntimeException());
    assertThat(other.code()).isEqualTo(Status.Code.UNKNOWN);
  }

  @Test
  void canBeSerialized() throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(Errors.invalidField("key", "must not be empty"));
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      KeyValueException read = (KeyValueException) in.readObject();
      assertThat(read.reason()).isEqualTo(Reason.INVALID_FIELD);
      assertThat(read.metadata()).containsEntry("field", "key");
      assertThat(read).hasMessage("key: must not be empty");
    }
  }
}
