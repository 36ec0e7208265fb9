package com.keyvaluedb.client.codec;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;

/** What Jackson writes in one of its formats. */
class JacksonCodec<T> implements Codec<T> {
  private final JacksonFormat format;
  private final ObjectWriter writer;
  private final ObjectReader reader;

  JacksonCodec(JacksonFormat format, ObjectMapper mapper, JavaType type) {
    this.format = format;
    this.writer = mapper.writerFor(type);
    this.reader = mapper.readerFor(type);
  }

  @Override
  public String contentType() {
    return format.contentType();
  }

  @Override
  public boolean reads(String contentType) {
    return format.reads(MediaType.essence(contentType));
  }

  @Override
  public byte[] encode(T value) throws IOException {
    return writer.writeValueAsBytes(value);
  }

  @Override
  public T decode(byte[] bytes) throws IOException {
    return reader.readValue(bytes);
  }
}
