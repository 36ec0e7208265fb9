package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.keyvaluedb.v1.Entry;
import com.keyvaluedb.v1.Event;
import com.keyvaluedb.v1.EventKind;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.WatchRequest;
import com.keyvaluedb.v1.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Watches: that they go on by themselves, from where, and at whose pace. */
@Timeout(20)
class WatchTest {
  private final FakeServer server = new FakeServer();
  private final Queue<Stream> streams = new ArrayDeque<>();

  /** What the server does with one stream, the first with the first. */
  private interface Stream {
    void run(ServerCallStreamObserver<WatchResponse> call);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void goesOnFromTheLastTokenThatItGaveOut() throws IOException {
    streams.add(
        call -> {
          call.onNext(message("t1", 1));
          call.onNext(message("t2", 2));
          call.onError(Status.UNAVAILABLE.asRuntimeException());
        });
    streams.add(call -> call.onNext(message("t3", 3)));
    try (KeyValueClient client = client();
        ReplyStream<WatchMessage<byte[]>> watch =
            client.watch(KeyRange.prefix("a"), WatchOptions.from(StartPosition.revision(1)))) {
      assertThat(List.of(revision(watch), revision(watch), revision(watch)))
          .containsExactly(1L, 2L, 3L);
    }
    assertThat(starts().get(0).getRevision()).isEqualTo(1);
    assertThat(starts().get(1).getResumeToken()).isEqualTo("t2");
  }

  @Test
  void goesOnAfterTheServerCutItForBeingSlowAndAfterAnEnd() throws IOException {
    streams.add(
        call ->
            call.onError(
                FakeServer.error(
                    Status.Code.RESOURCE_EXHAUSTED,
                    Reason.SLOW_FOLLOWER,
                    Map.of("resume_token", "slow"))));
    streams.add(ServerCallStreamObserver::onCompleted);
    streams.add(call -> call.onNext(message("t1", 1)));
    try (KeyValueClient client = client();
        ReplyStream<WatchMessage<byte[]>> watch = client.watch(KeyRange.all())) {
      assertThat(revision(watch)).isEqualTo(1);
    }
    assertThat(starts().get(0).getNow()).isTrue();
    assertThat(starts().get(1).getResumeToken()).isEqualTo("slow");
    assertThat(starts().get(2).getResumeToken()).isEqualTo("slow");
  }

  @Test
  void beginsTheCurrentStateAgainAndSaysSo() throws IOException {
    streams.add(
        call -> {
          call.onNext(message("t1", 1));
          call.onError(Status.UNAVAILABLE.asRuntimeException());
        });
    streams.add(
        call -> {
          call.onNext(message("t2", 1));
          call.onNext(message("t3", 2).toBuilder().setSynced(true).build());
          call.onError(Status.UNAVAILABLE.asRuntimeException());
        });
    streams.add(call -> call.onNext(message("t4", 3)));
    try (KeyValueClient client = client();
        ReplyStream<WatchMessage<byte[]>> watch =
            client.watch(KeyRange.all(), WatchOptions.from(StartPosition.currentState()))) {
      assertThat(watch.take().restarted()).isFalse();
      assertThat(watch.take().restarted()).isTrue();
      assertThat(watch.take())
          .satisfies(it -> assertThat(it.synced()).isTrue())
          .satisfies(it -> assertThat(it.restarted()).isFalse());
      assertThat(watch.take().restarted()).isFalse();
    }
    assertThat(starts().get(1).getCurrentState()).isTrue();
    assertThat(starts().get(2).getResumeToken()).isEqualTo("t3");
  }

  @Test
  void endsWithWhatCannotBeMendedAndStaysEnded() throws IOException {
    streams.add(
        call ->
            call.onError(
                FakeServer.error(
                    Status.Code.OUT_OF_RANGE,
                    Reason.REVISION_COMPACTED,
                    Map.of("oldest_revision", "9"))));
    try (KeyValueClient client = client();
        ReplyStream<WatchMessage<byte[]>> watch = client.watch(KeyRange.all())) {
      KeyValueException error = failure(watch::take);
      assertThat(error.reason()).isEqualTo(Reason.REVISION_COMPACTED);
      assertThat(error.metadata()).containsEntry("oldest_revision", "9");
      assertThat(failure(watch::take).reason()).isEqualTo(Reason.REVISION_COMPACTED);
    }
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void tellsAThreadThatWaitsThatItWasClosed() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch came = new CountDownLatch(1);
    streams.add(
        call -> {
          call.setOnCancelHandler(cancelled::countDown);
          came.countDown();
        });
    try (KeyValueClient client = client()) {
      ReplyStream<WatchMessage<byte[]>> watch = client.watch(KeyRange.all());
      CompletableFuture<KeyValueException> waiting =
          CompletableFuture.supplyAsync(() -> failure(watch::take));
      assertThat(came.await(5, TimeUnit.SECONDS)).isTrue();
      watch.close();
      assertThat(waiting.get(5, TimeUnit.SECONDS).reason()).isEqualTo(Reason.CANCELLED);
      assertThat(cancelled.await(5, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void saysThatTheClientWasClosed() throws Exception {
    streams.add(call -> call.onNext(message("t1", 1)));
    KeyValueClient client = client();
    try (ReplyStream<WatchMessage<byte[]>> watch = client.watch(KeyRange.all())) {
      watch.take();
      CompletableFuture<KeyValueException> waiting =
          CompletableFuture.supplyAsync(() -> failure(watch::take));
      client.close();
      assertThat(waiting.get(5, TimeUnit.SECONDS).reason()).isEqualTo(Reason.CLOSED);
    }
  }

  @Test
  void asksForNoMoreThanIsTaken() throws Exception {
    AtomicInteger sent = new AtomicInteger();
    streams.add(
        call -> {
          Runnable send =
              () -> {
                while (call.isReady() && sent.get() < 1000) {
                  call.onNext(message("t", sent.incrementAndGet()));
                }
              };
          call.setOnReadyHandler(send);
          send.run();
        });
    try (KeyValueClient client = client();
        ReplyStream<WatchMessage<byte[]>> watch = client.watch(KeyRange.all())) {
      for (int taken = 1; taken <= 5; taken++) assertThat(revision(watch)).isEqualTo(taken);
      assertThat(watch.poll(Duration.ofMillis(200))).isPresent();
      // A few are on their way; without flow control it would be all thousand.
      assertThat(sent.get()).isLessThan(20);
    }
  }

  @Test
  void pollsWithoutLosingWhatComesLater() throws Exception {
    CompletableFuture<ServerCallStreamObserver<WatchResponse>> open = new CompletableFuture<>();
    streams.add(open::complete);
    try (KeyValueClient client = client();
        ReplyStream<WatchMessage<byte[]>> watch = client.watch(KeyRange.all())) {
      assertThat(watch.poll(Duration.ofMillis(50))).isEmpty();
      open.get(5, TimeUnit.SECONDS).onNext(message("t1", 1));
      assertThat(watch.take().resumeToken()).isEqualTo("t1");
    }
  }

  private KeyValueClient client() throws IOException {
    server.<WatchRequest, WatchResponse>on(
        KeyValueServiceGrpc.getWatchMethod(),
        (request, call) -> {
          Stream stream = streams.poll();
          if (stream == null) call.onError(Status.UNIMPLEMENTED.asRuntimeException());
          else stream.run(call);
        });
    return server.client();
  }

  private List<com.keyvaluedb.v1.StartPosition> starts() {
    return server.requests.stream().map(it -> ((WatchRequest) it).getStart()).toList();
  }

  private static long revision(ReplyStream<WatchMessage<byte[]>> watch) {
    return watch.take().events().get(0).revision();
  }

  private static WatchResponse message(String token, long revision) {
    Entry entry =
        Entry.newBuilder().setKey("a").setValue(ByteString.EMPTY).setRevision(revision).build();
    Event event =
        Event.newBuilder()
            .setKind(EventKind.EVENT_KIND_SET)
            .setRevision(revision)
            .setEntry(entry)
            .build();
    return WatchResponse.newBuilder().addEvents(event).setResumeToken(token).build();
  }

  private static KeyValueException failure(Runnable call) {
    return catchThrowableOfType(KeyValueException.class, call::run);
  }
}
