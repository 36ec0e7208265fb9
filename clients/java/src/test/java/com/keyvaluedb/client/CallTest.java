package com.keyvaluedb.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.keyvaluedb.client.codec.Codecs;
import com.keyvaluedb.client.codec.JsonCodecs;
import com.keyvaluedb.v1.Entry;
import com.keyvaluedb.v1.GetRequest;
import com.keyvaluedb.v1.GetResponse;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.SetRequest;
import com.keyvaluedb.v1.SetResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls with one answer: retries, deadlines, ends of all kinds. */
@Timeout(20)
class CallTest {
  private final FakeServer server = new FakeServer();

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void makesAWriteAgainWithTheSameRequestId() throws IOException {
    AtomicInteger tries = new AtomicInteger();
    onSet(
        call -> {
          if (tries.incrementAndGet() < 3) call.onError(Status.UNAVAILABLE.asRuntimeException());
          else FakeServer.answer(call, SetResponse.newBuilder().setRevision(5).build());
        });
    try (KeyValueClient client = server.client()) {
      assertThat(client.set("a", bytes("x")).revision()).isEqualTo(5);
    }
    List<String> ids =
        server.requests.stream().map(it -> ((SetRequest) it).getRequestId()).toList();
    assertThat(ids).hasSize(3).doesNotContain("");
    assertThat(ids.stream().distinct()).hasSize(1);
  }

  @Test
  void givesEachWriteAnIdOfItsOwnAndKeepsTheCallers() throws IOException {
    onSet(call -> FakeServer.answer(call, SetResponse.getDefaultInstance()));
    try (KeyValueClient client = server.client()) {
      client.set("a", bytes("x"));
      client.set("a", bytes("x"));
      client.set("a", bytes("x"), SetOptions.builder().requestId("mine").build());
    }
    List<String> ids =
        server.requests.stream().map(it -> ((SetRequest) it).getRequestId()).toList();
    assertThat(ids).doesNotHaveDuplicates().endsWith("mine").doesNotContain("");
  }

  @Test
  void triesOnceWithoutRetriesAndMakesNoId() throws IOException {
    onSet(call -> call.onError(Status.UNAVAILABLE.asRuntimeException()));
    try (KeyValueClient client = server.client()) {
      KeyValueException error = failure(() -> client.withoutRetries().set("a", bytes("x")));
      assertThat(error.reason()).isEqualTo(Reason.UNREACHABLE);
    }
    assertThat(server.requests)
        .singleElement()
        .satisfies(it -> assertThat(((SetRequest) it).getRequestId()).isEmpty());
  }

  @Test
  void doesNotTryAgainWhatIsRefused() throws IOException {
    onSet(
        call ->
            call.onError(
                FakeServer.error(
                    Status.Code.ABORTED, Reason.PRECONDITION_FAILED, Map.of("revision", "3"))));
    try (KeyValueClient client = server.client()) {
      KeyValueException error =
          failure(() -> client.set("a", bytes("x"), SetOptions.ifRevision(2)));
      assertThat(error.is(Reason.PRECONDITION_FAILED)).isTrue();
      assertThat(error.metadata()).containsEntry("revision", "3");
    }
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void waitsAsLongAsTheServerSays() throws IOException {
    AtomicInteger tries = new AtomicInteger();
    onSet(
        call -> {
          if (tries.incrementAndGet() > 1) {
            FakeServer.answer(call, SetResponse.getDefaultInstance());
          } else {
            call.onError(
                FakeServer.errorWithRetry(Status.Code.RESOURCE_EXHAUSTED, Reason.OVERLOADED, 300));
          }
        });
    try (KeyValueClient client = server.client()) {
      long begin = System.nanoTime();
      client.set("a", bytes("x"));
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(Duration.ofMillis(300));
    }
  }

  @Test
  void failsWithTheLastErrorWhenTheNextTryWouldBeTooLate() throws IOException {
    onSet(
        call ->
            call.onError(FakeServer.errorWithRetry(Status.Code.UNAVAILABLE, Reason.STARTING, 900)));
    try (KeyValueClient client = server.client()) {
      long begin = System.nanoTime();
      KeyValueException error =
          failure(() -> client.withDeadline(Duration.ofMillis(800)).set("a", bytes("x")));
      assertThat(error.reason()).isEqualTo(Reason.STARTING);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(800));
    }
  }

  @Test
  void endsByItsDeadline() throws IOException {
    onSet(call -> {});
    try (KeyValueClient client = server.client()) {
      KeyValueException error =
          failure(() -> client.withDeadline(Duration.ofMillis(100)).set("a", bytes("x")));
      assertThat(error.reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
    }
  }

  @Test
  void cancelsTheCallWithItsFuture() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch came = new CountDownLatch(1);
    onSet(
        call -> {
          call.setOnCancelHandler(cancelled::countDown);
          came.countDown();
        });
    try (KeyValueClient client = server.client()) {
      CompletableFuture<?> future = client.async().set("a", bytes("x"));
      assertThat(came.await(5, TimeUnit.SECONDS)).isTrue();
      future.cancel(true);
      assertThat(cancelled.await(5, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void cancelsTheCallOfAThreadThatIsInterrupted() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch came = new CountDownLatch(1);
    onSet(
        call -> {
          call.setOnCancelHandler(cancelled::countDown);
          came.countDown();
        });
    try (KeyValueClient client = server.client()) {
      CompletableFuture<KeyValueException> failed = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                KeyValueException error = failure(() -> client.set("a", bytes("x")));
                if (Thread.currentThread().isInterrupted()) failed.complete(error);
              });
      thread.start();
      assertThat(came.await(5, TimeUnit.SECONDS)).isTrue();
      thread.interrupt();
      assertThat(failed.get(5, TimeUnit.SECONDS).reason()).isEqualTo(Reason.CANCELLED);
      assertThat(cancelled.await(5, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void failsWithClosedOnceClosedAlsoBetweenTwoTries() throws Exception {
    CountDownLatch came = new CountDownLatch(1);
    onSet(
        call -> {
          call.onError(FakeServer.errorWithRetry(Status.Code.UNAVAILABLE, Reason.STARTING, 900));
          came.countDown();
        });
    KeyValueClient client = server.client();
    CompletableFuture<?> waiting =
        client.withDeadline(Duration.ofMinutes(1)).async().set("a", bytes("x"));
    assertThat(came.await(5, TimeUnit.SECONDS)).isTrue();
    client.close();
    assertThat(failure(() -> Blocking.await(waiting)).reason()).isEqualTo(Reason.CLOSED);
    assertThat(failure(() -> client.get("a")).reason()).isEqualTo(Reason.CLOSED);
  }

  @Test
  void refusesHalfCharactersBeforeAnythingIsSent() throws IOException {
    onSet(call -> FakeServer.answer(call, SetResponse.getDefaultInstance()));
    try (KeyValueClient client = server.client()) {
      assertThat(failure(() -> client.set("a\uD800", bytes("x"))).metadata())
          .containsEntry("field", "key");
    }
    assertThat(server.requests).isEmpty();
  }

  @Test
  void writesWithTheCodecsContentTypeUnlessAnotherIsGiven() throws IOException {
    onSet(call -> FakeServer.answer(call, SetResponse.getDefaultInstance()));
    try (KeyValueClient client = server.client()) {
      KeyValueView<String> texts = client.view(Codecs.text());
      texts.set("a", "x");
      texts.set("a", "x", SetOptions.builder().contentType("text/html").build());
    }
    assertThat(server.requests)
        .extracting(it -> ((SetRequest) it).getContentType())
        .containsExactly("text/plain; charset=utf-8", "text/html");
  }

  @Test
  void namesBothContentTypesWhereTheyDiffer() throws IOException {
    Entry entry =
        Entry.newBuilder()
            .setKey("a")
            .setValue(ByteString.copyFromUtf8("x"))
            .setContentType("text/csv")
            .build();
    server.<GetRequest, GetResponse>on(
        KeyValueServiceGrpc.getGetMethod(),
        (request, call) ->
            FakeServer.answer(call, GetResponse.newBuilder().setEntry(entry).build()));
    try (KeyValueClient client = server.client()) {
      KeyValueException error = failure(() -> client.view(JsonCodecs.json(String.class)).get("a"));
      assertThat(error.reason()).isEqualTo(Reason.DECODE_FAILED);
      assertThat(error).hasMessageContaining("text/csv").hasMessageContaining("application/json");
      assertThat(client.view(Codecs.text()).get("a").orElseThrow().value()).isEqualTo("x");
    }
  }

  private interface SetCall {
    void answer(ServerCallStreamObserver<SetResponse> call);
  }

  private void onSet(SetCall handler) {
    server.<SetRequest, SetResponse>on(
        KeyValueServiceGrpc.getSetMethod(), (request, call) -> handler.answer(call));
  }

  private static KeyValueException failure(Runnable call) {
    return catchThrowableOfType(KeyValueException.class, call::run);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
