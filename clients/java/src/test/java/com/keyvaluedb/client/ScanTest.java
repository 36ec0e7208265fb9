package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.keyvaluedb.v1.Entry;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.ListKeysRequest;
import com.keyvaluedb.v1.ListKeysResponse;
import com.keyvaluedb.v1.ScanRequest;
import com.keyvaluedb.v1.ScanResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scans and listings, for threads that wait and for subscribers. */
@Timeout(20)
class ScanTest {
  private final FakeServer server = new FakeServer();

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void givesTheEntriesOfAllMessages() throws IOException {
    onScan(
        call -> {
          call.onNext(ScanResponse.getDefaultInstance());
          call.onNext(message("a", "b"));
          FakeServer.answer(call, message("c"));
        });
    try (KeyValueClient client = server.client();
        ReplyStream<com.keyvaluedb.client.Entry<byte[]>> scan = client.scan(KeyRange.all())) {
      assertThat(scan).extracting(it -> it.key()).containsExactly("a", "b", "c");
      assertThatThrownBy(scan::take).isInstanceOf(NoSuchElementException.class);
    }
  }

  @Test
  void hasNoValuesUnlessTheyWereAskedFor() throws IOException {
    onScan(call -> FakeServer.answer(call, message("a")));
    try (KeyValueClient client = server.client()) {
      var bare = client.scan(KeyRange.all()).take();
      assertThat(bare.hasValue()).isFalse();
      assertThatThrownBy(bare::value).isInstanceOf(NoSuchElementException.class);
      assertThat(client.scan(KeyRange.all(), ScanOptions.withValues()).take().value()).isEmpty();
    }
  }

  @Test
  void isAskedForAgainOnlyUntilTheFirstMessage() throws IOException {
    AtomicInteger tries = new AtomicInteger();
    onScan(
        call -> {
          if (tries.incrementAndGet() > 1) call.onNext(message("a"));
          call.onError(Status.UNAVAILABLE.asRuntimeException());
        });
    try (KeyValueClient client = server.client();
        var scan = client.scan(KeyRange.all())) {
      assertThat(scan.take().key()).isEqualTo("a");
      assertThat(failure(scan::take).reason()).isEqualTo(Reason.UNREACHABLE);
      assertThat(tries).hasValue(2);
    }
  }

  @Test
  void waitsForTheServerNoLongerThanTheDeadline() throws IOException {
    CountDownLatch cancelled = new CountDownLatch(1);
    onScan(
        call -> {
          call.setOnCancelHandler(cancelled::countDown);
          call.onNext(message("a"));
        });
    try (KeyValueClient client = server.client();
        var scan = client.withDeadline(Duration.ofMillis(150)).scan(KeyRange.all())) {
      scan.take();
      assertThat(failure(scan::take).reason()).isEqualTo(Reason.DEADLINE_EXCEEDED);
      assertThat(await(cancelled)).isTrue();
    }
  }

  @Test
  void endsAtTheServerWhenItIsClosed() throws IOException {
    CountDownLatch cancelled = new CountDownLatch(1);
    onScan(
        call -> {
          call.setOnCancelHandler(cancelled::countDown);
          call.onNext(message("a"));
        });
    try (KeyValueClient client = server.client()) {
      try (var scan = client.scan(KeyRange.all())) {
        scan.take();
      }
      assertThat(await(cancelled)).isTrue();
    }
  }

  @Test
  void asksForPagesAsTheyAreNeeded() throws IOException {
    onList();
    try (KeyValueClient client = server.client()) {
      Listing<String> keys = client.listKeys(KeyRange.all(), ListOptions.pageSize(2));
      assertThat(keys.stream().limit(2)).containsExactly("0", "1");
      assertThat(server.requests).hasSize(1);
      assertThat(keys).containsExactly("0", "1", "2", "3", "4", "5");
      Iterator<String> again = keys.iterator();
      assertThat(again.next()).isEqualTo("0");
    }
  }

  @Test
  void tellsASubscriberNoMoreThanItAskedFor() throws Exception {
    onList();
    try (KeyValueClient client = server.client()) {
      Collected collected = new Collected();
      client.async().listKeys(KeyRange.all()).subscribe(collected);
      collected.subscription.request(3);
      collected.awaitSize(3);
      assertThat(server.requests).hasSize(2);
      collected.subscription.request(Long.MAX_VALUE);
      collected.done.get(5, TimeUnit.SECONDS);
      assertThat(collected.items).containsExactly("0", "1", "2", "3", "4", "5");
    }
  }

  @Test
  void tellsASubscriberWhatWentWrong() throws Exception {
    server.<ListKeysRequest, ListKeysResponse>on(
        KeyValueServiceGrpc.getListKeysMethod(),
        (request, call) -> call.onError(Status.DATA_LOSS.asRuntimeException()));
    try (KeyValueClient client = server.client()) {
      Collected collected = new Collected();
      client.async().listKeys(KeyRange.all()).subscribe(collected);
      collected.subscription.request(1);
      assertThat(collected.done.handle((it, error) -> error).get(5, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              KeyValueException.class,
              it -> assertThat(it.code()).isEqualTo(Status.Code.DATA_LOSS));
    }
  }

  /** Six keys, two in a page. */
  private void onList() {
    server.<ListKeysRequest, ListKeysResponse>on(
        KeyValueServiceGrpc.getListKeysMethod(),
        (request, call) -> {
          int from =
              request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
          FakeServer.answer(
              call,
              ListKeysResponse.newBuilder()
                  .addKeys(Integer.toString(from))
                  .addKeys(Integer.toString(from + 1))
                  .setNextPageToken(from == 4 ? "" : Integer.toString(from + 2))
                  .build());
        });
  }

  private void onScan(Consumer<ServerCallStreamObserver<ScanResponse>> handler) {
    server.<ScanRequest, ScanResponse>on(
        KeyValueServiceGrpc.getScanMethod(), (request, call) -> handler.accept(call));
  }

  private static ScanResponse message(String... keys) {
    ScanResponse.Builder message = ScanResponse.newBuilder();
    for (String key : keys) message.addEntries(Entry.newBuilder().setKey(key));
    return message.build();
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(5, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  private static KeyValueException failure(Runnable call) {
    return catchThrowableOfType(KeyValueException.class, call::run);
  }

  /** A subscriber that keeps what it is told. */
  private static final class Collected implements Flow.Subscriber<String> {
    final List<String> items = new ArrayList<>();
    final CompletableFuture<Void> done = new CompletableFuture<>();
    Flow.Subscription subscription;

    synchronized void awaitSize(int size) throws InterruptedException {
      while (items.size() < size) wait(5_000);
    }

    @Override
    public void onSubscribe(Flow.Subscription begun) {
      subscription = begun;
    }

    @Override
    public synchronized void onNext(String item) {
      items.add(item);
      notifyAll();
    }

    @Override
    public void onError(Throwable error) {
      done.completeExceptionally(error);
    }

    @Override
    public void onComplete() {
      done.complete(null);
    }
  }
}
