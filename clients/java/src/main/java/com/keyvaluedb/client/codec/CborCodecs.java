package com.keyvaluedb.client.codec;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;

/**
 * Values as CBOR (RFC 8949), by Jackson: {@code jackson-dataformat-cbor} must be on the class path.
 */
public final class CborCodecs {
  private static final ObjectMapper MAPPER =
      CBORMapper.builder()
          .findAndAddModules()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private CborCodecs() {}

  /** Values of a class, with the modules of Jackson that are on the class path. */
  public static <T> Codec<T> cbor(Class<T> type) {
    return cbor(MAPPER, type);
  }

  /** Values of a generic type, such as {@code new TypeReference<List<User>>() {}}. */
  public static <T> Codec<T> cbor(TypeReference<T> type) {
    return new JacksonCodec<>(JacksonFormat.CBOR, MAPPER, MAPPER.constructType(type));
  }

  /** Values of a class, by a mapper of one's own. */
  public static <T> Codec<T> cbor(ObjectMapper mapper, Class<T> type) {
    return new JacksonCodec<>(JacksonFormat.CBOR, mapper, mapper.constructType(type));
  }
}
