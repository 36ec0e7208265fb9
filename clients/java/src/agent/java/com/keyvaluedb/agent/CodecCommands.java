package com.keyvaluedb.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.Duration;
import com.keyvaluedb.client.EncodedValue;
import com.keyvaluedb.client.Entry;
import com.keyvaluedb.client.KeyValueView;
import com.keyvaluedb.client.SetResult;
import com.keyvaluedb.client.codec.CborCodecs;
import com.keyvaluedb.client.codec.Codec;
import com.keyvaluedb.client.codec.Codecs;
import com.keyvaluedb.client.codec.JsonCodecs;
import com.keyvaluedb.client.codec.MessagePackCodecs;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The codecs by name, with values as JSON has them. */
final class CodecCommands {
  private static final Map<String, Named<?>> CODECS = new LinkedHashMap<>();

  static {
    CODECS.put("json", new Named<>(JsonCodecs.json(JsonNode.class), it -> it, it -> it));
    CODECS.put(
        "msgpack", new Named<>(MessagePackCodecs.messagePack(JsonNode.class), it -> it, it -> it));
    CODECS.put("cbor", new Named<>(CborCodecs.cbor(JsonNode.class), it -> it, it -> it));
    CODECS.put(
        "protobuf",
        new Named<>(
            Codecs.protobuf(Duration.parser()),
            CodecCommands::duration,
            it -> Answers.object().put("seconds", it.getSeconds()).put("nanos", it.getNanos())));
    CODECS.put("hex", new Named<>(new HexCodec(), JsonNode::asText, TextNode::new));
    CODECS.put("text", new Named<>(Codecs.text(), JsonNode::asText, TextNode::new));
    CODECS.put(
        "bytes",
        new Named<>(Codecs.bytes(), Arguments::base64, it -> new TextNode(Answers.base64(it))));
  }

  private CodecCommands() {}

  /** A codec, and its values from and to JSON. */
  private record Named<T>(
      Codec<T> codec, Function<JsonNode, T> fromJson, Function<T, JsonNode> toJson) {
    SetResult<T> set(KeyValueView<byte[]> view, Arguments arguments) {
      T value = fromJson.apply(arguments.json().get("value"));
      return view.view(codec).set(arguments.text("key"), value, arguments.setOptions());
    }

    JsonNode decode(EncodedValue encoded) {
      return toJson.apply(encoded.decode(codec));
    }
  }

  static ObjectNode encode(Arguments arguments) {
    return encode(named(arguments.text("codec")), arguments.json().get("value"));
  }

  private static <T> ObjectNode encode(Named<T> named, JsonNode value) {
    EncodedValue encoded = EncodedValue.encode(named.fromJson().apply(value), named.codec());
    return Answers.object()
        .put("bytes", Answers.base64(encoded.bytes()))
        .put("content_type", encoded.contentType());
  }

  static ObjectNode decode(Arguments arguments) {
    String contentType = arguments.at("content_type").map(JsonNode::asText).orElse("");
    EncodedValue encoded = new EncodedValue(arguments.bytes("bytes"), contentType);
    ObjectNode answer = Answers.object();
    answer.set("value", named(arguments.text("codec")).decode(encoded));
    return answer;
  }

  static ObjectNode setValue(KeyValueView<byte[]> view, Arguments arguments) {
    SetResult<?> result = named(arguments.text("codec")).set(view, arguments);
    return Answers.object().put("revision", result.revision()).put("replayed", result.replayed());
  }

  static ObjectNode getValue(KeyValueView<byte[]> view, Arguments arguments) {
    Optional<Entry<byte[]>> entry = view.get(arguments.text("key"));
    ObjectNode answer = Answers.object();
    if (entry.isEmpty()) return answer.putNull("value");
    Named<?> codec =
        arguments
            .at("codec")
            .<Named<?>>map(it -> named(it.asText()))
            .orElseGet(() -> saidBy(entry.get().contentType()));
    answer.set("value", codec.decode(EncodedValue.of(entry.get())));
    return answer.put("content_type", entry.get().contentType());
  }

  /** The codec that a content type names, {@code bytes} if none does. */
  private static Named<?> saidBy(String contentType) {
    if (contentType.isEmpty()) return named("bytes");
    for (Named<?> named : CODECS.values()) {
      if (named.codec().reads(contentType)) return named;
    }
    throw new AssertionError("bytes reads everything");
  }

  private static Named<?> named(String name) {
    return Optional.<Named<?>>ofNullable(CODECS.get(name))
        .orElseThrow(() -> new IllegalArgumentException("no codec " + name));
  }

  private static Duration duration(JsonNode json) {
    return Duration.newBuilder()
        .setSeconds(json.path("seconds").asLong())
        .setNanos(json.path("nanos").asInt())
        .build();
  }
}
