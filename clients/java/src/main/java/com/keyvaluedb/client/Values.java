package com.keyvaluedb.client;

import com.keyvaluedb.client.KeyValueException.Details;
import com.keyvaluedb.client.codec.Codec;
import io.grpc.Status;

/** Applies codecs, and makes an error of ours of what goes wrong in them. */
final class Values {
  private Values() {}

  static <V> byte[] encode(Codec<V> codec, V value) {
    try {
      return codec.encode(value);
    } catch (Exception cause) {
      String message = "a value cannot be encoded: " + cause.getMessage();
      throw new KeyValueException(
          message, Details.of(Reason.ENCODE_FAILED, Status.Code.INVALID_ARGUMENT), cause);
    }
  }

  static <V> V decode(Codec<V> codec, String contentType, byte[] bytes) {
    if (!codec.reads(contentType)) {
      String message =
          "a value is of content type \"%s\", and what is read is \"%s\""
              .formatted(contentType, codec.contentType());
      throw KeyValueException.ofClient(
          Reason.DECODE_FAILED, Status.Code.FAILED_PRECONDITION, message);
    }
    try {
      return codec.decode(bytes);
    } catch (Exception cause) {
      String message = "a value does not decode: " + cause.getMessage();
      throw new KeyValueException(
          message, Details.of(Reason.DECODE_FAILED, Status.Code.FAILED_PRECONDITION), cause);
    }
  }
}
