package com.keyvaluedb.client.codec;

/** Values that are bytes already, whatever they are. */
final class BytesCodec implements Codec<byte[]> {
  static final BytesCodec INSTANCE = new BytesCodec();

  private BytesCodec() {}

  @Override
  public String contentType() {
    return "";
  }

  @Override
  public boolean reads(String contentType) {
    return true;
  }

  @Override
  public byte[] encode(byte[] value) {
    return value;
  }

  @Override
  public byte[] decode(byte[] bytes) {
    return bytes;
  }
}
