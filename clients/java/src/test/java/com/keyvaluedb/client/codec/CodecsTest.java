package com.keyvaluedb.client.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.google.protobuf.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecsTest {
  record User(String name, int age) {}

  private static final User ANN = new User("Ann", 41);

  @Test
  void bytesAreAsTheyAre() throws Exception {
    byte[] bytes = {0, -1, 7};
    assertThat(Codecs.bytes().decode(Codecs.bytes().encode(bytes))).isEqualTo(bytes);
    assertThat(Codecs.bytes().contentType()).isEmpty();
  }

  @Test
  void textIsUtf8() throws Exception {
    assertThat(Codecs.text().encode("hé")).isEqualTo("hé".getBytes(UTF_8));
    assertThat(Codecs.text().decode("hé".getBytes(UTF_8))).isEqualTo("hé");
  }

  @Test
  void textThatIsNotUtf8IsRefusedBothWays() {
    assertThatThrownBy(() -> Codecs.text().decode(new byte[] {'a', (byte) 0xff}))
        .hasMessageContaining("not UTF-8");
    assertThatThrownBy(() -> Codecs.text().encode("a\uD800"))
        .hasMessageContaining("half a surrogate pair");
  }

  @Test
  void jsonIsWrittenPlainly() throws Exception {
    Codec<User> codec = JsonCodecs.json(User.class);
    assertThat(codec.encode(ANN)).asString(UTF_8).isEqualTo("{\"name\":\"Ann\",\"age\":41}");
    assertThat(codec.decode(codec.encode(ANN))).isEqualTo(ANN);
  }

  @Test
  void genericTypesAreReadAsSuch() throws Exception {
    Codec<Map<String, List<User>>> codec = JsonCodecs.json(new TypeReference<>() {});
    assertThat(codec.decode("{\"all\":[{\"name\":\"Ann\",\"age\":41}]}".getBytes(UTF_8)))
        .isEqualTo(Map.of("all", List.of(ANN)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{\"name\":\"Ann\"} x", "[1]", "{\"name\":\"Ann\"}{}"})
  void jsonThatIsNotOneValueIsRefused(String json) {
    assertThatThrownBy(() -> JsonCodecs.json(User.class).decode(json.getBytes(UTF_8)))
        .isInstanceOf(java.io.IOException.class);
  }

  @Test
  void messagePackIsCompact() throws Exception {
    Codec<User> codec = MessagePackCodecs.messagePack(User.class);
    assertThat(codec.encode(ANN)).asHexString().isEqualTo("82A46E616D65A3416E6EA361676529");
    assertThat(codec.decode(codec.encode(ANN))).isEqualTo(ANN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "82", "C0C0", "82A46E616D65A3416E6EA361676529C0"})
  void messagePackThatIsNotOneValueIsRefused(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> MessagePackCodecs.messagePack(User.class).decode(bytes))
        .isInstanceOf(Exception.class);
  }

  @Test
  void cborIsReadBack() throws Exception {
    Codec<User> codec = CborCodecs.cbor(User.class);
    assertThat(codec.decode(codec.encode(ANN))).isEqualTo(ANN);
    assertThat(codec.decode(HexFormat.of().parseHex("a2646e616d6563416e6e636167651829")))
        .isEqualTo(ANN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a1", "a0a0"})
  void cborThatIsNotOneValueIsRefused(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> CborCodecs.cbor(User.class).decode(bytes))
        .isInstanceOf(java.io.IOException.class);
  }

  @Test
  void messagesAreProtobuf() throws Exception {
    Codec<Duration> codec = Codecs.protobuf(Duration.parser());
    Duration value = Duration.newBuilder().setSeconds(1).setNanos(2).build();
    assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
    assertThatThrownBy(() -> codec.decode(new byte[] {(byte) 0xff}))
        .isInstanceOf(java.io.IOException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "text, '', true",
    "text, TEXT/Markdown; charset=latin1, true",
    "text, application/json, false",
    "json, Application/JSON ; charset=utf-8, true",
    "json, application/problem+json, true",
    "json, '', false",
    "json, application/jsonp, false",
    "msgpack, application/vnd.msgpack, true",
    "msgpack, application/msgpack, true",
    "msgpack, application/x-msgpack, true",
    "msgpack, application/x-msgpack+json, false",
    "cbor, application/cbor, true",
    "cbor, application/cose+cbor, true",
    "cbor, application/json, false",
    "protobuf, application/x-protobuf, true",
    "protobuf, application/vnd.google.protobuf, true",
    "protobuf, application/cbor, false",
    "bytes, whatever, true",
    "own, Application/X-Own; v=2, true",
    "own, application/x-other, false",
  })
  void readsWhatTheContentTypeSays(String name, String contentType, boolean reads) {
    Codec<?> codec =
        switch (name) {
          case "text" -> Codecs.text();
          case "json" -> JsonCodecs.json(User.class);
          case "msgpack" -> MessagePackCodecs.messagePack(User.class);
          case "cbor" -> CborCodecs.cbor(User.class);
          case "protobuf" -> Codecs.protobuf(Duration.parser());
          case "own" -> new Own();
          default -> Codecs.bytes();
        };
    assertThat(codec.reads(contentType)).isEqualTo(reads);
  }

  private static final class Own implements Codec<String> {
    @Override
    public String contentType() {
      return "application/x-own";
    }

    @Override
    public byte[] encode(String value) {
      return value.getBytes(UTF_8);
    }

    @Override
    public String decode(byte[] bytes) {
      return new String(bytes, UTF_8);
    }
  }
}
