package com.keyvaluedb.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.keyvaluedb.client.DeleteRangeOptions;
import com.keyvaluedb.client.Entry;
import com.keyvaluedb.client.KeyValueClient;
import com.keyvaluedb.client.KeyValueClientBuilder;
import com.keyvaluedb.client.KeyValueView;
import com.keyvaluedb.client.ListOptions;
import com.keyvaluedb.client.ReplyStream;
import com.keyvaluedb.client.ScanOptions;
import com.keyvaluedb.client.Snapshot;
import com.keyvaluedb.client.StoreStatus;
import com.keyvaluedb.client.Tls;
import com.keyvaluedb.client.Transact;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Does what a line says with the client's public layer, and nothing else. */
final class Commands {
  private final Output output;
  private final Streams streams = new Streams();
  private final TransactionCommand transactions;
  private volatile Optional<KeyValueClient> client = Optional.empty();

  Commands(Output output) {
    this.output = output;
    transactions = new TransactionCommand(output);
  }

  /** Answers a command, whatever comes of it. */
  void execute(JsonNode command) {
    JsonNode id = command.path("id");
    try {
      if (command.path("do").asText().equals("go")) transactions.go(command.get("of"));
      else output.ok(id, answer(command.path("do").asText(), new Arguments(command)));
    } catch (Exception | Error thrown) {
      output.failed(id, thrown);
    }
  }

  private ObjectNode answer(String name, Arguments arguments) throws Exception {
    return switch (name) {
      case "open" -> open(arguments);
      case "close" -> close();
      case "hello" ->
          Answers.object()
              .put("version", KeyValueClient.version())
              .put("runtime", "java" + Runtime.version().feature());
      case "encode" -> CodecCommands.encode(arguments);
      case "decode" -> CodecCommands.decode(arguments);
      case "next" -> streams.next(arguments);
      case "end" -> streams.end(arguments);
      default -> call(name, view(arguments), arguments);
    };
  }

  private ObjectNode call(String name, KeyValueView<byte[]> view, Arguments arguments)
      throws Exception {
    return switch (name) {
      case "set", "get", "delete", "touch", "increment" -> ofKey(name, view, arguments);
      case "delete_range" -> Answers.of(view.deleteRange(arguments.range(), limit(arguments)));
      case "list_keys", "list_versions", "scan" -> listing(name, view, arguments);
      case "count_keys" -> Answers.object().put("count", view.countKeys(arguments.range()));
      case "transact" -> Answers.of(view.transact(transact(arguments)));
      case "transaction" -> transactions.run(view, arguments);
      case "watch" -> streams.watch(view, arguments);
      case "watch_expirations" -> streams.watchExpirations(view, arguments);
      case "set_value" -> CodecCommands.setValue(view, arguments);
      case "get_value" -> CodecCommands.getValue(view, arguments);
      case "many" -> ManyCommand.run(view, arguments);
      default -> admin(name, view, arguments);
    };
  }

  private ObjectNode open(Arguments arguments) {
    KeyValueClientBuilder builder = KeyValueClient.builder().address(arguments.text("address"));
    Arguments options = new Arguments(arguments.json().path("options"));
    options.duration("deadline_ms").ifPresent(builder::deadline);
    options.duration("keepalive_ms").ifPresent(builder::keepalive);
    options.duration("keepalive_timeout_ms").ifPresent(builder::keepaliveTimeout);
    if (options.at("retries").isPresent() && !options.is("retries")) builder.withoutRetries();
    options.at("tls").map(Arguments::new).ifPresent(tls -> builder.tls(tls(tls)));
    client.ifPresent(KeyValueClient::close);
    client = Optional.of(builder.build());
    return Answers.object();
  }

  private static Tls tls(Arguments options) {
    Tls tls =
        options
            .at("ca_file")
            .map(file -> Tls.certificates(Path.of(file.asText())))
            .orElse(Tls.system());
    return options.at("server_name").map(name -> tls.serverName(name.asText())).orElse(tls);
  }

  private ObjectNode close() {
    client.ifPresent(KeyValueClient::close);
    return Answers.object();
  }

  private KeyValueView<byte[]> view(Arguments arguments) {
    KeyValueView<byte[]> view =
        client.orElseThrow(() -> new IllegalStateException("nothing was opened"));
    Optional<Duration> deadline = arguments.duration("deadline_ms");
    if (deadline.isPresent()) view = view.withDeadline(deadline.get());
    if (arguments.at("retries").isEmpty()) return view;
    return arguments.is("retries") ? view.withRetries() : view.withoutRetries();
  }

  private static ObjectNode ofKey(String name, KeyValueView<byte[]> view, Arguments arguments) {
    String key = arguments.text("key");
    return switch (name) {
      case "set" -> Answers.of(view.set(key, arguments.bytes("value"), arguments.setOptions()));
      case "get" -> Answers.entry(view.get(key, arguments.number("revision", 0)));
      case "delete" -> Answers.of(view.delete(key, arguments.deleteOptions()));
      case "touch" -> Answers.of(view.touch(key, arguments.touchOptions()));
      default -> Answers.of(view.increment(key, arguments.delta(), arguments.incrementOptions()));
    };
  }

  private static DeleteRangeOptions limit(Arguments arguments) {
    DeleteRangeOptions.Builder options =
        DeleteRangeOptions.builder().limit((int) arguments.number("limit", 0));
    arguments.at("request_id").ifPresent(it -> options.requestId(it.asText()));
    return options.build();
  }

  private static ObjectNode listing(String name, KeyValueView<byte[]> view, Arguments arguments) {
    ListOptions.Builder pages =
        ListOptions.builder().pageSize((int) arguments.number("page_size", 0));
    if (arguments.is("descending")) pages.descending();
    return switch (name) {
      case "list_keys" ->
          keys(taken(view.listKeys(arguments.range(), pages.build()).stream(), arguments));
      case "list_versions" ->
          Answers.entries(
              taken(view.listVersions(arguments.text("key"), pages.build()).stream(), arguments)
                  .toList());
      default -> scan(view, arguments);
    };
  }

  private static ObjectNode keys(Stream<String> keys) {
    ObjectNode answer = Answers.object();
    ArrayNode list = answer.putArray("keys");
    keys.forEach(list::add);
    return answer;
  }

  private static ObjectNode scan(KeyValueView<byte[]> view, Arguments arguments) {
    try (ReplyStream<Entry<byte[]>> scan = view.scan(arguments.range(), scanOf(arguments))) {
      return Answers.entries(taken(scan.stream(), arguments).toList());
    }
  }

  private static ScanOptions scanOf(Arguments arguments) {
    ScanOptions.Builder options = ScanOptions.builder().limit(arguments.number("limit", 0));
    if (arguments.is("include_values")) options.includeValues();
    if (arguments.is("descending")) options.descending();
    arguments.at("filter").ifPresent(it -> options.filter(it.asText()));
    return options.build();
  }

  private static <T> Stream<T> taken(Stream<T> all, Arguments arguments) {
    return all.limit(arguments.number("take", Long.MAX_VALUE));
  }

  private static Transact<byte[]> transact(Arguments arguments) {
    Transact.Builder<byte[]> transact = Transact.builder();
    transact.when(arguments.list("conditions").stream().map(Arguments::condition).toList());
    transact.then(arguments.list("then").stream().map(Arguments::operation).toList());
    transact.otherwise(arguments.list("otherwise").stream().map(Arguments::operation).toList());
    arguments.at("request_id").ifPresent(it -> transact.requestId(it.asText()));
    return transact.build();
  }

  private static ObjectNode admin(String name, KeyValueView<byte[]> view, Arguments arguments) {
    return switch (name) {
      case "status" -> status(view.admin().status());
      case "snapshot" -> snapshot(view.admin().snapshot());
      case "compact" ->
          Answers.object().put("segments_after", view.admin().compact().segmentsAfter());
      case "list_snapshots" -> snapshots(view.admin().listSnapshots());
      case "delete_snapshot" ->
          Answers.object()
              .put("deleted", view.admin().deleteSnapshot(arguments.text("snapshot_id")));
      default -> throw new IllegalArgumentException("no command " + name);
    };
  }

  private static ObjectNode status(StoreStatus status) {
    long statusCalls =
        status.methods().stream()
            .filter(each -> each.method().equals("GetStatus"))
            .mapToLong(StoreStatus.MethodStatus::callCount)
            .sum();
    return Answers.object()
        .put("revision", status.revision())
        .put("key_count", status.keyCount())
        .put("version", status.version())
        .put("status_calls", statusCalls);
  }

  private static ObjectNode snapshots(List<Snapshot> snapshots) {
    ObjectNode answer = Answers.object();
    ArrayNode list = answer.putArray("snapshots");
    snapshots.forEach(it -> list.add(snapshot(it)));
    return answer;
  }

  private static ObjectNode snapshot(Snapshot snapshot) {
    return Answers.object()
        .put("snapshot_id", snapshot.snapshotId())
        .put("revision", snapshot.revision())
        .put("key_count", snapshot.keyCount());
  }
}
