package com.keyvaluedb.client.codec;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Values as JSON, by Jackson: {@code jackson-databind} must be on the class path. */
public final class JsonCodecs {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .findAndAddModules()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private JsonCodecs() {}

  /** Values of a class, with the modules of Jackson that are on the class path. */
  public static <T> Codec<T> json(Class<T> type) {
    return json(MAPPER, type);
  }

  /** Values of a generic type, such as {@code new TypeReference<List<User>>() {}}. */
  public static <T> Codec<T> json(TypeReference<T> type) {
    return new JacksonCodec<>(JacksonFormat.JSON, MAPPER, MAPPER.constructType(type));
  }

  /** Values of a class, by a mapper of one's own. */
  public static <T> Codec<T> json(ObjectMapper mapper, Class<T> type) {
    return new JacksonCodec<>(JacksonFormat.JSON, mapper, mapper.constructType(type));
  }
}
