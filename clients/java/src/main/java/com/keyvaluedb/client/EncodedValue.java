package com.keyvaluedb.client;

import com.keyvaluedb.client.codec.Codec;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A value as a store has it, for those who encode and decode by themselves: to compare a value in a
 * {@link Precondition}, or to read entries of several kinds.
 *
 * <pre>{@code
 * byte[] expected = EncodedValue.encode(user, JsonCodecs.json(User.class)).bytes();
 * }</pre>
 *
 * @param bytes the value
 * @param contentType what they are; empty: nothing is said
 */
@SuppressWarnings("ArrayRecordComponent") // It is compared byte for byte below.
public record EncodedValue(byte[] bytes, String contentType) {
  /** No null. */
  public EncodedValue {
    Objects.requireNonNull(bytes, "bytes");
    Objects.requireNonNull(contentType, "contentType");
  }

  /**
   * A value as a codec writes it.
   *
   * @throws KeyValueException with {@code ENCODE_FAILED}
   */
  public static <T> EncodedValue encode(T value, Codec<T> codec) {
    return new EncodedValue(Values.encode(codec, value), codec.contentType());
  }

  /** The value of an entry. */
  public static EncodedValue of(Entry<byte[]> entry) {
    return new EncodedValue(entry.value(), entry.contentType());
  }

  /**
   * The value as a codec reads it.
   *
   * @throws KeyValueException with {@code DECODE_FAILED}
   */
  public <T> T decode(Codec<T> codec) {
    return Values.decode(codec, contentType, bytes);
  }

  /** Equal in both parts, byte for byte. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EncodedValue that
        && contentType.equals(that.contentType)
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return 31 * contentType.hashCode() + Arrays.hashCode(bytes);
  }
}
