package com.keyvaluedb.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.keyvaluedb.client.Condition;
import com.keyvaluedb.client.DeleteOptions;
import com.keyvaluedb.client.IncrementOptions;
import com.keyvaluedb.client.KeyRange;
import com.keyvaluedb.client.Operation;
import com.keyvaluedb.client.Precondition;
import com.keyvaluedb.client.SetOptions;
import com.keyvaluedb.client.StartPosition;
import com.keyvaluedb.client.TouchOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Arguments of commands as the client takes them. */
record Arguments(JsonNode json) {
  /** What stands under a name, if it is there and not null. */
  Optional<JsonNode> at(String name) {
    return Optional.ofNullable(json.get(name)).filter(it -> !it.isNull());
  }

  String text(String name) {
    return at(name).orElseThrow(() -> new IllegalArgumentException("no " + name)).asText();
  }

  boolean is(String name) {
    return at(name).map(JsonNode::asBoolean).orElse(false);
  }

  long number(String name, long otherwise) {
    return at(name).map(JsonNode::asLong).orElse(otherwise);
  }

  /** Decimal text, or a number. */
  long delta() {
    return Long.parseLong(text("delta"));
  }

  byte[] bytes(String name) {
    return at(name).map(Arguments::base64).orElse(new byte[0]);
  }

  Optional<Duration> duration(String name) {
    return at(name).map(it -> Duration.ofMillis(it.asLong()));
  }

  List<Arguments> list(String name) {
    List<Arguments> list = new ArrayList<>();
    at(name).ifPresent(items -> items.forEach(item -> list.add(new Arguments(item))));
    return list;
  }

  KeyRange range() {
    return at("range").map(Arguments::range).orElse(KeyRange.all());
  }

  static KeyRange range(JsonNode range) {
    if (range.has("prefix")) return KeyRange.prefix(range.get("prefix").asText());
    if (range.has("glob")) return KeyRange.glob(range.get("glob").asText());
    if (!range.has("interval")) return KeyRange.all();
    JsonNode interval = range.get("interval");
    return KeyRange.interval(interval.path("start").asText(), interval.path("end").asText());
  }

  SetOptions setOptions() {
    SetOptions.Builder options = SetOptions.builder();
    duration("ttl_ms").ifPresent(options::ttl);
    time("expire_time_ms", options::expireTime);
    if (is("keep_expiration")) options.keepExpiration();
    precondition(options::precondition);
    if (is("return_previous")) options.returnPrevious();
    at("content_type").ifPresent(it -> options.contentType(it.asText()));
    at("request_id").ifPresent(it -> options.requestId(it.asText()));
    return options.build();
  }

  DeleteOptions deleteOptions() {
    DeleteOptions.Builder options = DeleteOptions.builder();
    precondition(options::precondition);
    if (is("return_previous")) options.returnPrevious();
    at("request_id").ifPresent(it -> options.requestId(it.asText()));
    return options.build();
  }

  TouchOptions touchOptions() {
    TouchOptions.Builder options = TouchOptions.builder();
    duration("ttl_ms").ifPresent(options::ttl);
    time("expire_time_ms", options::expireTime);
    if (is("persist")) options.persist();
    precondition(options::precondition);
    if (is("return_previous")) options.returnPrevious();
    at("request_id").ifPresent(it -> options.requestId(it.asText()));
    return options.build();
  }

  IncrementOptions incrementOptions() {
    IncrementOptions.Builder options = IncrementOptions.builder();
    duration("ttl_ms").ifPresent(options::ttl);
    time("expire_time_ms", options::expireTime);
    if (is("keep_expiration")) options.keepExpiration();
    at("request_id").ifPresent(it -> options.requestId(it.asText()));
    return options.build();
  }

  /** What a step of a transaction does: an object with one name. */
  Operation<byte[]> operation() {
    String name = json.fieldNames().next();
    Arguments step = new Arguments(json.get(name));
    String key = step.text("key");
    return switch (name) {
      case "set" -> Operation.set(key, step.bytes("value"), step.setOptions());
      case "get" -> Operation.get(key);
      case "delete" -> Operation.delete(key, step.deleteOptions());
      case "touch" -> Operation.touch(key, step.touchOptions());
      case "increment" -> Operation.increment(key, step.delta(), step.incrementOptions());
      default -> throw new IllegalArgumentException("no operation " + name);
    };
  }

  Condition condition() {
    return new Condition(
        text("key"),
        check(json).orElseThrow(() -> new IllegalArgumentException("no check in " + json)));
  }

  StartPosition start() {
    JsonNode start = json.path("start");
    if (start.has("revision")) return StartPosition.revision(start.get("revision").asLong());
    if (start.has("resume_token")) {
      return StartPosition.resumeToken(start.get("resume_token").asText());
    }
    return start.has("current_state") ? StartPosition.currentState() : StartPosition.now();
  }

  private void precondition(Consumer<Precondition> take) {
    at("precondition").flatMap(Arguments::check).ifPresent(take);
  }

  private static Optional<Precondition> check(JsonNode check) {
    if (check.has("exists")) {
      return Optional.of(
          check.get("exists").asBoolean() ? Precondition.exists() : Precondition.absent());
    }
    if (check.has("revision")) {
      return Optional.of(Precondition.revision(check.get("revision").asLong()));
    }
    return Optional.ofNullable(check.get("value")).map(Arguments::base64).map(Precondition::value);
  }

  private void time(String name, Consumer<Instant> take) {
    at(name).ifPresent(it -> take.accept(Instant.ofEpochMilli(it.asLong())));
  }

  static byte[] base64(JsonNode text) {
    return Base64.getDecoder().decode(text.asText());
  }
}
