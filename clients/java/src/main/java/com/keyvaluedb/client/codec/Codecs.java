package com.keyvaluedb.client.codec;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;

/**
 * The codecs that need nothing but this client. Those that need Jackson are in {@link JsonCodecs},
 * {@link MessagePackCodecs} and {@link CborCodecs}.
 */
public final class Codecs {
  private Codecs() {}

  /** Bytes as they are, of any content type. Arrays are not copied. */
  public static Codec<byte[]> bytes() {
    return BytesCodec.INSTANCE;
  }

  /** Text as UTF-8, which is checked; reads what says nothing of itself, and {@code text/*}. */
  public static Codec<String> text() {
    return TextCodec.INSTANCE;
  }

  /**
   * Messages of one type.
   *
   * @param parser of the type: {@code User.parser()}
   */
  public static <M extends Message> Codec<M> protobuf(Parser<M> parser) {
    return new ProtobufCodec<>(parser);
  }
}
