package com.keyvaluedb.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.keyvaluedb.client.codec.Codec;
import java.util.HexFormat;

/** A codec as a user would make one: text whose UTF-8 bytes are written as hexadecimal digits. */
final class HexCodec implements Codec<String> {
  @Override
  public String contentType() {
    return "application/x-hex";
  }

  @Override
  public byte[] encode(String value) {
    return HexFormat.of().formatHex(value.getBytes(UTF_8)).getBytes(US_ASCII);
  }

  @Override
  public String decode(byte[] bytes) {
    return new String(HexFormat.of().parseHex(new String(bytes, US_ASCII)), UTF_8);
  }
}
