package com.keyvaluedb.client.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;

/** Text as UTF-8. What is not UTF-8 is an error; nothing is replaced. */
final class TextCodec implements Codec<String> {
  static final TextCodec INSTANCE = new TextCodec();

  private TextCodec() {}

  @Override
  public String contentType() {
    return "text/plain; charset=utf-8";
  }

  @Override
  public boolean reads(String contentType) {
    String type = MediaType.essence(contentType);
    return type.isEmpty() || type.startsWith("text/");
  }

  @Override
  public byte[] encode(String value) {
    try {
      ByteBuffer encoded =
          UTF_8
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(value));
      byte[] bytes = new byte[encoded.remaining()];
      encoded.get(bytes);
      return bytes;
    } catch (CharacterCodingException halfCharacter) {
      throw new IllegalArgumentException("it has half a surrogate pair", halfCharacter);
    }
  }

  @Override
  public String decode(byte[] bytes) {
    try {
      return UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes))
          .toString();
    } catch (CharacterCodingException malformed) {
      throw new IllegalArgumentException("it is not UTF-8", malformed);
    }
  }
}
