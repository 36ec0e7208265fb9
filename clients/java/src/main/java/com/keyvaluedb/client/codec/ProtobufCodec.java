package com.keyvaluedb.client.codec;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.util.Set;

/** Messages of one type. */
final class ProtobufCodec<M extends Message> implements Codec<M> {
  private static final Set<String> READS =
      Set.of("application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf");

  private final Parser<M> parser;

  ProtobufCodec(Parser<M> parser) {
    this.parser = parser;
  }

  @Override
  public String contentType() {
    return "application/protobuf";
  }

  @Override
  public boolean reads(String contentType) {
    return READS.contains(MediaType.essence(contentType));
  }

  @Override
  public byte[] encode(M value) {
    return value.toByteArray();
  }

  @Override
  public M decode(byte[] bytes) throws InvalidProtocolBufferException {
    return parser.parseFrom(bytes);
  }
}
