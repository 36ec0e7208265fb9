package com.keyvaluedb.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import com.keyvaluedb.client.codec.Codec;
import com.keyvaluedb.v1.DeleteRangeRequest;
import com.keyvaluedb.v1.DeleteRequest;
import com.keyvaluedb.v1.IncrementRequest;
import com.keyvaluedb.v1.KeyInterval;
import com.keyvaluedb.v1.SetRequest;
import com.keyvaluedb.v1.TouchRequest;
import org.jspecify.annotations.Nullable;

/** Calls as the schema's requests: keys, ranges, preconditions and the writes of one key. */
final class Requests {
  private Requests() {}

  static com.keyvaluedb.v1.KeyRange range(KeyRange range) {
    com.keyvaluedb.v1.KeyRange.Builder request = com.keyvaluedb.v1.KeyRange.newBuilder();
    if (range instanceof KeyRange.Prefix prefix) {
      request.setPrefix(Text.checked("range.prefix", prefix.prefix()));
    } else if (range instanceof KeyRange.Glob glob) {
      request.setGlob(Text.checked("range.glob", glob.pattern()));
    } else if (range instanceof KeyRange.Interval interval) {
      request.setInterval(
          KeyInterval.newBuilder()
              .setStart(Text.checked("range.interval.start", interval.start()))
              .setEnd(Text.checked("range.interval.end", interval.end())));
    }
    return request.build();
  }

  static <V> SetRequest set(Codec<V> codec, Operation.Set<V> set, @Nullable String requestId) {
    SetOptions options = set.options();
    String contentType = options.contentType == null ? codec.contentType() : options.contentType;
    SetRequest.Builder request =
        SetRequest.newBuilder()
            .setKey(key(set.key()))
            .setValue(bytes(encoded(codec, set)))
            .setContentType(Text.checked("content_type", contentType))
            .setReturnPrevious(options.returnPrevious);
    if (options.expiry instanceof Expiry.Ttl ttl) request.setTtl(Times.toProto(ttl.ttl()));
    if (options.expiry instanceof Expiry.At at) request.setExpireTime(Times.toProto(at.time()));
    if (options.expiry instanceof Expiry.Keep) request.setKeepExpiration(true);
    if (options.precondition != null) request.setPrecondition(precondition(options.precondition));
    if (requestId != null) request.setRequestId(requestId);
    return request.build();
  }

  static DeleteRequest delete(String key, DeleteOptions options, @Nullable String requestId) {
    DeleteRequest.Builder request =
        DeleteRequest.newBuilder().setKey(key(key)).setReturnPrevious(options.returnPrevious);
    if (options.precondition != null) request.setPrecondition(precondition(options.precondition));
    if (requestId != null) request.setRequestId(requestId);
    return request.build();
  }

  static TouchRequest touch(String key, TouchOptions options, @Nullable String requestId) {
    TouchRequest.Builder request =
        TouchRequest.newBuilder().setKey(key(key)).setReturnPrevious(options.returnPrevious);
    if (options.expiry instanceof Expiry.Ttl ttl) request.setTtl(Times.toProto(ttl.ttl()));
    if (options.expiry instanceof Expiry.At at) request.setExpireTime(Times.toProto(at.time()));
    if (options.expiry instanceof Expiry.Persist) request.setPersist(true);
    if (options.precondition != null) request.setPrecondition(precondition(options.precondition));
    if (requestId != null) request.setRequestId(requestId);
    return request.build();
  }

  static IncrementRequest increment(Operation.Increment<?> increment, @Nullable String requestId) {
    IncrementOptions options = increment.options();
    IncrementRequest.Builder request =
        IncrementRequest.newBuilder().setKey(key(increment.key())).setDelta(increment.delta());
    if (options.expiry instanceof Expiry.Ttl ttl) request.setTtl(Times.toProto(ttl.ttl()));
    if (options.expiry instanceof Expiry.At at) request.setExpireTime(Times.toProto(at.time()));
    if (options.expiry instanceof Expiry.Keep) request.setKeepExpiration(true);
    if (requestId != null) request.setRequestId(requestId);
    return request.build();
  }

  static DeleteRangeRequest deleteRange(
      KeyRange range, DeleteRangeOptions options, @Nullable String requestId) {
    DeleteRangeRequest.Builder request =
        DeleteRangeRequest.newBuilder().setRange(range(range)).setLimit(options.limit);
    if (requestId != null) request.setRequestId(requestId);
    return request.build();
  }

  static String key(String key) {
    return Text.checked("key", key);
  }

  static com.keyvaluedb.v1.Condition condition(Condition condition) {
    com.keyvaluedb.v1.Condition.Builder request =
        com.keyvaluedb.v1.Condition.newBuilder().setKey(key(condition.key()));
    Precondition check = condition.check();
    if (check instanceof Precondition.Existence existence) {
      request.setExists(existence == Precondition.Existence.PRESENT);
    } else if (check instanceof Precondition.AtRevision at) {
      request.setRevision(at.revision());
    } else if (check instanceof Precondition.HasValue has) {
      request.setValue(bytes(has.value()));
    }
    return request.build();
  }

  private static com.keyvaluedb.v1.Precondition precondition(Precondition precondition) {
    com.keyvaluedb.v1.Precondition.Builder request = com.keyvaluedb.v1.Precondition.newBuilder();
    if (precondition instanceof Precondition.Existence existence) {
      request.setExists(existence == Precondition.Existence.PRESENT);
    } else if (precondition instanceof Precondition.AtRevision at) {
      request.setRevision(at.revision());
    } else if (precondition instanceof Precondition.HasValue has) {
      request.setValue(bytes(has.value()));
    }
    return request.build();
  }

  private static <V> byte[] encoded(Codec<V> codec, Operation.Set<V> set) {
    try {
      return Values.encode(codec, set.value());
    } catch (KeyValueException unencoded) {
      throw unencoded.ofKey(set.key());
    }
  }

  /** Not copied: whoever changes an array while a call with it is under way was told not to. */
  private static ByteString bytes(byte[] value) {
    return UnsafeByteOperations.unsafeWrap(value);
  }
}
