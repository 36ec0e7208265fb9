package com.keyvaluedb.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.keyvaluedb.client.AsyncKeyValueView;
import com.keyvaluedb.client.KeyValueException;
import com.keyvaluedb.client.KeyValueView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** One call for many keys, all at once. */
final class ManyCommand {
  private ManyCommand() {}

  static ObjectNode run(KeyValueView<byte[]> view, Arguments arguments) {
    AsyncKeyValueView<byte[]> async = view.async();
    String prefix = arguments.text("prefix");
    long count = arguments.number("count", 0);
    List<CompletableFuture<Long>> calls = new ArrayList<>();
    for (long number = 0; number < count; number++) {
      String key = prefix + number;
      byte[] value = Long.toString(number).getBytes(UTF_8);
      calls.add(
          switch (arguments.text("call")) {
            case "set" -> async.set(key, value).thenApply(it -> 0L);
            case "get" -> async.get(key).thenApply(it -> 0L);
            case "increment" -> async.increment(key, 1).thenApply(it -> it.value());
            default -> throw new IllegalArgumentException("no such call");
          });
    }
    long sum = 0;
    for (CompletableFuture<Long> call : calls) sum += joined(call);
    ObjectNode answer = Answers.object().put("count", calls.size());
    return arguments.text("call").equals("increment") ? answer.put("sum", sum) : answer;
  }

  private static long joined(CompletableFuture<Long> call) {
    try {
      return call.join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof KeyValueException error) throw error;
      throw failed;
    }
  }
}
