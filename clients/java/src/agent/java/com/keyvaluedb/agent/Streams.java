package com.keyvaluedb.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.keyvaluedb.client.EventKind;
import com.keyvaluedb.client.ExpirationsMessage;
import com.keyvaluedb.client.KeyRange;
import com.keyvaluedb.client.KeyValueView;
import com.keyvaluedb.client.Progress;
import com.keyvaluedb.client.ReplyStream;
import com.keyvaluedb.client.WatchExpirationsOptions;
import com.keyvaluedb.client.WatchMessage;
import com.keyvaluedb.client.WatchOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** The watches under way, by name. */
final class Streams {
  private final Map<String, Named> streams = new ConcurrentHashMap<>();

  /** A message of either kind of watch. */
  private record Message(
      List<ObjectNode> told,
      String resumeToken,
      Optional<Progress> progress,
      boolean synced,
      boolean restarted) {}

  /** A watch, and the name of what it tells. */
  private record Named(String told, ReplyStream<?> stream, Function<Object, Message> read) {
    Message take() {
      return read.apply(stream.take());
    }
  }

  ObjectNode watch(KeyValueView<byte[]> view, Arguments arguments) {
    WatchOptions.Builder options = WatchOptions.builder().start(arguments.start());
    arguments.at("kinds").ifPresent(kinds -> kinds.forEach(it -> options.kinds(kind(it))));
    if (arguments.is("include_previous")) options.includePrevious();
    arguments.duration("progress_interval_ms").ifPresent(options::progressInterval);
    List<KeyRange> ranges =
        arguments.list("ranges").stream().map(it -> Arguments.range(it.json())).toList();
    return begin(
        arguments, new Named("events", view.watch(ranges, options.build()), Streams::changes));
  }

  ObjectNode watchExpirations(KeyValueView<byte[]> view, Arguments arguments) {
    WatchExpirationsOptions.Builder options =
        WatchExpirationsOptions.builder().start(arguments.start());
    if (arguments.is("include_value")) options.includeValue();
    arguments.duration("progress_interval_ms").ifPresent(options::progressInterval);
    var stream = view.watchExpirations(arguments.range(), options.build());
    return begin(arguments, new Named("expirations", stream, Streams::expirations));
  }

  private ObjectNode begin(Arguments arguments, Named stream) {
    Named before = streams.put(arguments.text("stream"), stream);
    if (before != null) before.stream().close();
    return answer(stream, List.of(stream.take()));
  }

  /** Takes messages until there are so many of what they tell, or one says what is waited for. */
  ObjectNode next(Arguments arguments) {
    Named stream = named(arguments);
    long count = arguments.number("count", 0);
    String until = arguments.at("until").map(JsonNode::asText).orElse("");
    List<Message> taken = new ArrayList<>();
    long told = 0;
    boolean met = false;
    while (until.isEmpty() ? told < count : !met) {
      Message message = stream.take();
      taken.add(message);
      told += message.told().size();
      met = says(message, until);
    }
    return answer(stream, taken);
  }

  ObjectNode end(Arguments arguments) {
    named(arguments).stream().close();
    streams.remove(arguments.text("stream"));
    return Answers.object();
  }

  private Named named(Arguments arguments) {
    String name = arguments.text("stream");
    return Optional.ofNullable(streams.get(name))
        .orElseThrow(() -> new IllegalArgumentException("no stream " + name));
  }

  private static boolean says(Message message, String until) {
    return switch (until) {
      case "synced" -> message.synced();
      case "progress" -> message.progress().isPresent();
      case "restarted" -> message.restarted();
      default -> false;
    };
  }

  private static ObjectNode answer(Named stream, List<Message> messages) {
    ObjectNode answer = Answers.object();
    var told = answer.putArray(stream.told());
    for (Message message : messages) {
      message.told().forEach(told::add);
      answer.put("resume_token", message.resumeToken());
      message.progress().ifPresent(it -> answer.set("progress", Answers.of(it)));
      if (message.synced()) answer.put("synced", true);
      if (message.restarted()) answer.put("restarted", true);
    }
    return answer;
  }

  @SuppressWarnings("unchecked") // It is read from the watch that it belongs to.
  private static Message changes(Object taken) {
    WatchMessage<byte[]> message = (WatchMessage<byte[]>) taken;
    return new Message(
        message.events().stream().map(Answers::of).toList(),
        message.resumeToken(),
        message.progress(),
        message.synced(),
        message.restarted());
  }

  @SuppressWarnings("unchecked") // As above.
  private static Message expirations(Object taken) {
    ExpirationsMessage<byte[]> message = (ExpirationsMessage<byte[]>) taken;
    return new Message(
        message.expirations().stream().map(Answers::of).toList(),
        message.resumeToken(),
        message.progress(),
        false,
        false);
  }

  private static EventKind kind(JsonNode name) {
    return EventKind.valueOf(name.asText());
  }
}
