package com.keyvaluedb.client.codec;

/**
 * Makes bytes of a value, and a value of bytes. A codec is used by many threads at once.
 *
 * <p>One codec can be put around another, to compress or to encrypt what it writes; it then has a
 * content type of its own.
 *
 * @param <T> the type of the values
 */
public interface Codec<T> {
  /** What the bytes are, such as {@code application/json}; empty: nothing is said of them. */
  String contentType();

  /**
   * Whether this codec can decode what is said to be of a content type. By default: what has the
   * media type that it writes, whatever its parameters and case.
   *
   * @param contentType what the entry says; empty where it says nothing
   */
  default boolean reads(String contentType) {
    return MediaType.essence(contentType).equals(MediaType.essence(contentType()));
  }

  /**
   * The bytes of a value.
   *
   * @throws Exception if it has none; the call then fails with {@code ENCODE_FAILED} and this as
   *     its cause
   */
  byte[] encode(T value) throws Exception;

  /**
   * The value of bytes.
   *
   * @throws Exception if they have none; the call then fails with {@code DECODE_FAILED} and this as
   *     its cause
   */
  T decode(byte[] bytes) throws Exception;
}
