package com.keyvaluedb.agent;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.keyvaluedb.client.DeleteRangeResult;
import com.keyvaluedb.client.DeleteResult;
import com.keyvaluedb.client.Entry;
import com.keyvaluedb.client.Event;
import com.keyvaluedb.client.Expiration;
import com.keyvaluedb.client.GetResult;
import com.keyvaluedb.client.IncrementResult;
import com.keyvaluedb.client.OperationResult;
import com.keyvaluedb.client.Progress;
import com.keyvaluedb.client.SetResult;
import com.keyvaluedb.client.TouchResult;
import com.keyvaluedb.client.TransactResult;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** What the client answers, in the words of the schema. */
final class Answers {
  private Answers() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ObjectNode of(SetResult<byte[]> result) {
    ObjectNode answer = object().put("revision", result.revision());
    time(answer, "expire_time_ms", result.expireTime());
    result.previous().ifPresent(it -> answer.set("previous", of(it)));
    return answer.put("replayed", result.replayed());
  }

  static ObjectNode of(GetResult<byte[]> result) {
    return entry(result.entry()).put("revision", result.revision());
  }

  static ObjectNode entry(Optional<Entry<byte[]>> entry) {
    ObjectNode answer = object();
    entry.ifPresentOrElse(it -> answer.set("entry", of(it)), () -> answer.putNull("entry"));
    return answer;
  }

  static ObjectNode of(DeleteResult<byte[]> result) {
    ObjectNode answer = object().put("revision", result.revision());
    answer.put("deleted", result.deleted());
    result.previous().ifPresent(it -> answer.set("previous", of(it)));
    return answer.put("replayed", result.replayed());
  }

  static ObjectNode of(TouchResult<byte[]> result) {
    ObjectNode answer = object().put("revision", result.revision());
    answer.put("touched", result.touched());
    time(answer, "expire_time_ms", result.expireTime());
    result.previous().ifPresent(it -> answer.set("previous", of(it)));
    return answer.put("replayed", result.replayed());
  }

  static ObjectNode of(IncrementResult<byte[]> result) {
    ObjectNode answer = object().put("revision", result.revision());
    answer.put("value", Long.toString(result.value()));
    time(answer, "expire_time_ms", result.expireTime());
    return answer.put("replayed", result.replayed());
  }

  static ObjectNode of(DeleteRangeResult result) {
    return object()
        .put("revision", result.revision())
        .put("deleted_count", result.deletedCount())
        .put("more", result.more())
        .put("replayed", result.replayed());
  }

  static ObjectNode of(TransactResult<byte[]> result) {
    ObjectNode answer = object().put("revision", result.revision());
    answer.put("succeeded", result.succeeded());
    ArrayNode results = answer.putArray("results");
    result.results().forEach(it -> results.add(named(it)));
    return answer.put("replayed", result.replayed());
  }

  private static ObjectNode named(OperationResult<byte[]> result) {
    ObjectNode named = object();
    if (result instanceof SetResult<byte[]> set) named.set("set", of(set));
    if (result instanceof GetResult<byte[]> get) named.set("get", of(get));
    if (result instanceof DeleteResult<byte[]> delete) named.set("delete", of(delete));
    if (result instanceof TouchResult<byte[]> touch) named.set("touch", of(touch));
    if (result instanceof IncrementResult<byte[]> sum) named.set("increment", of(sum));
    return named;
  }

  static ObjectNode entries(List<Entry<byte[]>> entries) {
    ObjectNode answer = object();
    ArrayNode list = answer.putArray("entries");
    entries.forEach(it -> list.add(of(it)));
    return answer;
  }

  private static ObjectNode of(Entry<byte[]> entry) {
    ObjectNode answer = object().put("key", entry.key());
    if (entry.hasValue()) answer.put("value", base64(entry.value()));
    answer.put("revision", entry.revision());
    answer.put("create_revision", entry.createRevision());
    answer.put("version", entry.version());
    time(answer, "expire_time_ms", entry.expireTime());
    time(answer, "update_time_ms", entry.updateTime());
    return answer.put("content_type", entry.contentType());
  }

  static ObjectNode of(Event<byte[]> event) {
    ObjectNode answer = object().put("kind", event.kind().name());
    answer.put("revision", event.revision()).put("index", event.index());
    answer.set("entry", of(event.entry()));
    event.previous().ifPresent(it -> answer.set("previous", of(it)));
    answer.put("previous_omitted", event.previousOmitted());
    answer.put("value_omitted", event.valueOmitted());
    return answer.put("commit_time_ms", event.commitTime().toEpochMilli());
  }

  static ObjectNode of(Expiration<byte[]> expiration) {
    ObjectNode answer = object().put("revision", expiration.revision());
    answer.put("index", expiration.index()).put("key", expiration.key());
    expiration.value().ifPresent(it -> answer.put("value", base64(it)));
    answer.put("value_size", expiration.valueSize());
    answer.put("expire_time_ms", expiration.expireTime().toEpochMilli());
    answer.put("commit_time_ms", expiration.commitTime().toEpochMilli());
    answer.put("cause", expiration.cause().name());
    answer.put("content_type", expiration.contentType());
    return answer.put("value_omitted", expiration.valueOmitted());
  }

  static ObjectNode of(Progress progress) {
    return object()
        .put("revision", progress.revision())
        .put("time_ms", progress.time().toEpochMilli());
  }

  static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static void time(ObjectNode answer, String name, Optional<Instant> time) {
    time.ifPresent(it -> answer.put(name, it.toEpochMilli()));
  }
}
