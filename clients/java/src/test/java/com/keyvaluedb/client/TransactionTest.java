package com.keyvaluedb.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.keyvaluedb.client.codec.Codecs;
import com.keyvaluedb.v1.Condition;
import com.keyvaluedb.v1.Entry;
import com.keyvaluedb.v1.GetRequest;
import com.keyvaluedb.v1.GetResponse;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.SetRequest;
import com.keyvaluedb.v1.TransactRequest;
import com.keyvaluedb.v1.TransactResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Functions that read and write, over a server that keeps entries in a map. */
@Timeout(20)
class TransactionTest {
  private final FakeServer server = new FakeServer();
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private final AtomicInteger revision = new AtomicInteger();
  private KeyValueClient client;
  private KeyValueView<String> texts;

  @BeforeEach
  void start() throws IOException {
    server.<GetRequest, GetResponse>on(
        KeyValueServiceGrpc.getGetMethod(),
        (request, call) -> {
          GetResponse.Builder reply = GetResponse.newBuilder();
          Optional.ofNullable(entries.get(request.getKey())).ifPresent(reply::setEntry);
          FakeServer.answer(call, reply.build());
        });
    server.<TransactRequest, TransactResponse>on(
        KeyValueServiceGrpc.getTransactMethod(),
        (request, call) -> FakeServer.answer(call, transact(request)));
    client = server.client();
    texts = client.view(Codecs.text());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void writesOnConditionThatWhatItReadIsAsItWas() {
    put("a", "1");
    String result =
        texts.transaction(
            transaction -> {
              String sum = transaction.get("a").orElseThrow() + transaction.get("b").orElse("-");
              transaction.set("c", sum);
              return sum;
            });
    assertThat(result).isEqualTo("1-");
    assertThat(entries.get("c").getValue().toStringUtf8()).isEqualTo("1-");
    assertThat(transacts())
        .singleElement()
        .satisfies(
            it ->
                assertThat(it.getConditionsList())
                    .containsExactlyInAnyOrder(condition("a", 1), condition("b", 0)))
        .satisfies(it -> assertThat(it.getRequestId()).isNotEmpty());
  }

  @Test
  void isRunAgainFromTheBeginningAfterAConflict() {
    put("n", "1");
    AtomicInteger runs = new AtomicInteger();
    String result =
        texts.transaction(
            transaction -> {
              String before = transaction.get("n").orElseThrow();
              if (runs.incrementAndGet() < 3) put("n", before + "!");
              transaction.set("n", before + "?");
              return before;
            });
    assertThat(runs).hasValue(3);
    assertThat(result).isEqualTo("1!!");
    assertThat(entries.get("n").getValue().toStringUtf8()).isEqualTo("1!!?");
  }

  @Test
  void givesUpAfterAsManyAttemptsAsItMayMake() {
    AtomicInteger runs = new AtomicInteger();
    KeyValueException error =
        catchThrowableOfType(
            KeyValueException.class,
            () ->
                texts.transaction(
                    4,
                    transaction -> {
                      transaction.get("n");
                      put("n", "" + runs.incrementAndGet());
                      transaction.set("m", "x");
                      return "";
                    }));
    assertThat(error.reason()).isEqualTo(Reason.PRECONDITION_FAILED);
    assertThat(runs).hasValue(4);
    assertThat(entries).doesNotContainKey("m");
  }

  @Test
  void writesNothingWhenTheFunctionThrows() {
    assertThatThrownBy(
            () ->
                texts.transaction(
                    transaction -> {
                      transaction.set("a", "x");
                      throw new IOException("of the function's own");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("of the function's own");
    assertThat(server.requests).isEmpty();
  }

  @Test
  void seesItsOwnWrites() {
    put("a", "1");
    put("b", "1");
    texts.transaction(
        transaction -> {
          transaction.set("a", "2");
          assertThat(transaction.get("a")).contains("2");
          transaction.delete("b");
          assertThat(transaction.get("b")).isEmpty();
          return "";
        });
    assertThat(transacts()).singleElement().extracting(it -> it.getConditionsCount()).isEqualTo(0);
  }

  @Test
  void readsAKeyOnce() {
    put("a", "1");
    texts.transaction(
        transaction -> {
          transaction.get("a");
          put("a", "2");
          assertThat(transaction.get("a")).contains("1");
          return "";
        });
    assertThat(server.requests).hasSize(1);
  }

  @Test
  void refusesToReadWhatOnlyTheServerKnows() {
    assertThatThrownBy(
            () ->
                texts.transaction(
                    transaction -> {
                      transaction.increment("n", 1);
                      return transaction.get("n");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(
            () ->
                texts.transaction(
                    transaction -> {
                      transaction.touch("n", TouchOptions.ttl(Duration.ofSeconds(1)));
                      return transaction.get("n");
                    }))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void sendsNothingWhenItReadOneKeyAndItsConditionsWhenMore() {
    texts.transaction(transaction -> transaction.get("a"));
    assertThat(transacts()).isEmpty();
    texts.transaction(transaction -> transaction.get("a").or(() -> transaction.get("b")));
    assertThat(transacts())
        .singleElement()
        .satisfies(it -> assertThat(it.getConditionsList()).hasSize(2))
        .satisfies(it -> assertThat(it.getThenList()).isEmpty());
  }

  @Test
  void isDoneWithFuturesAsWell() throws Exception {
    put("n", "1");
    AtomicInteger runs = new AtomicInteger();
    String result =
        texts
            .async()
            .transaction(
                transaction ->
                    transaction
                        .get("n")
                        .thenApply(
                            before -> {
                              if (runs.incrementAndGet() < 3) put("n", before.orElseThrow() + "!");
                              transaction.set("n", before.orElseThrow() + "?");
                              return before.orElseThrow();
                            }))
            .get(10, TimeUnit.SECONDS);
    assertThat(runs).hasValue(3);
    assertThat(result).isEqualTo("1!!");
  }

  private synchronized void put(String key, String value) {
    Entry entry =
        Entry.newBuilder()
            .setKey(key)
            .setValue(com.google.protobuf.ByteString.copyFromUtf8(value))
            .setRevision(revision.incrementAndGet())
            .build();
    entries.put(key, entry);
  }

  private synchronized TransactResponse transact(TransactRequest request) {
    boolean holds = request.getConditionsList().stream().allMatch(this::holds);
    if (holds) {
      request
          .getThenList()
          .forEach(
              it -> {
                SetRequest set = it.getSet();
                if (it.hasSet()) put(set.getKey(), set.getValue().toStringUtf8());
                if (it.hasDelete()) entries.remove(it.getDelete().getKey());
              });
    }
    return TransactResponse.newBuilder().setSucceeded(holds).build();
  }

  private boolean holds(Condition condition) {
    Entry entry = entries.getOrDefault(condition.getKey(), Entry.getDefaultInstance());
    return entry.getRevision() == condition.getRevision();
  }

  private List<TransactRequest> transacts() {
    return server.requests.stream()
        .filter(TransactRequest.class::isInstance)
        .map(TransactRequest.class::cast)
        .toList();
  }

  private static Condition condition(String key, long revision) {
    return Condition.newBuilder().setKey(key).setRevision(revision).build();
  }
}
