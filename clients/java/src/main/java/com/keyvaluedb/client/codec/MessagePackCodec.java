package com.keyvaluedb.client.codec;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessageUnpacker;

/** MessagePack, with a look at the end that its parser for Jackson does not know how to take. */
final class MessagePackCodec<T> extends JacksonCodec<T> {
  MessagePackCodec(ObjectMapper mapper, JavaType type) {
    super(JacksonFormat.MESSAGE_PACK, mapper, type);
  }

  @Override
  public T decode(byte[] bytes) throws IOException {
    try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(bytes)) {
      unpacker.skipValue();
      if (unpacker.hasNext()) throw new IOException("there is more after the value");
    }
    return super.decode(bytes);
  }
}
