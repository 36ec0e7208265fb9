package com.keyvaluedb.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.keyvaluedb.client.KeyValueView;
import com.keyvaluedb.client.Transaction;
import com.keyvaluedb.client.codec.Codecs;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A transaction whose attempts end when they are told to. */
final class TransactionCommand {
  private final Output output;
  private final Map<JsonNode, Semaphore> going = new ConcurrentHashMap<>();

  TransactionCommand(Output output) {
    this.output = output;
  }

  /** Lets an attempt of the transaction with this id end. */
  void go(JsonNode id) {
    going.computeIfAbsent(id, it -> new Semaphore(0)).release();
  }

  ObjectNode run(KeyValueView<byte[]> view, Arguments arguments) throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    KeyValueView<String> texts = view.view(Codecs.text());
    Map<String, Long> sums;
    if (arguments.at("attempts").isPresent()) {
      int most = (int) arguments.number("attempts", 0);
      sums = texts.transaction(most, transaction -> attempt(transaction, arguments, attempts));
    } else {
      sums = texts.transaction(transaction -> attempt(transaction, arguments, attempts));
    }
    ObjectNode answer = Answers.object().put("attempts", attempts.get());
    ObjectNode values = answer.putObject("values");
    sums.forEach(values::put);
    return answer;
  }

  private Map<String, Long> attempt(
      Transaction<String> transaction, Arguments arguments, AtomicInteger attempts)
      throws Exception {
    Map<String, Long> sums = new HashMap<>();
    for (Map.Entry<String, JsonNode> add : members(arguments, "add")) {
      long before = transaction.get(add.getKey()).map(Long::parseLong).orElse(0L);
      long sum = before + add.getValue().asLong();
      transaction.set(add.getKey(), Long.toString(sum));
      sums.put(add.getKey(), sum);
    }
    for (Map.Entry<String, JsonNode> write : members(arguments, "write")) {
      transaction.set(write.getKey(), write.getValue().asText());
    }
    JsonNode id = arguments.json().get("id");
    output.attempt(id, attempts.incrementAndGet());
    going.computeIfAbsent(id, it -> new Semaphore(0)).acquire();
    if (arguments.is("fail")) throw new Output.FunctionFailed();
    return sums;
  }

  private static Set<Map.Entry<String, JsonNode>> members(Arguments arguments, String name) {
    return arguments.json().path(name).properties();
  }
}
