package com.keyvaluedb.client.codec;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.msgpack.jackson.dataformat.MessagePackFactory;

/**
 * Values as MessagePack, by Jackson: {@code jackson-dataformat-msgpack} must be on the class path.
 */
public final class MessagePackCodecs {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(new MessagePackFactory()).findAndAddModules().build();

  private MessagePackCodecs() {}

  /** Values of a class, with the modules of Jackson that are on the class path. */
  public static <T> Codec<T> messagePack(Class<T> type) {
    return messagePack(MAPPER, type);
  }

  /** Values of a generic type, such as {@code new TypeReference<List<User>>() {}}. */
  public static <T> Codec<T> messagePack(TypeReference<T> type) {
    return new MessagePackCodec<>(MAPPER, MAPPER.constructType(type));
  }

  /** Values of a class, by a mapper of one's own. */
  public static <T> Codec<T> messagePack(ObjectMapper mapper, Class<T> type) {
    return new MessagePackCodec<>(mapper, mapper.constructType(type));
  }
}
