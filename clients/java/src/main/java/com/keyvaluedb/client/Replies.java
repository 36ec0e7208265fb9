package com.keyvaluedb.client;

import com.google.protobuf.ByteString;
import com.keyvaluedb.client.codec.Codec;
import com.keyvaluedb.v1.DeleteResponse;
import com.keyvaluedb.v1.GetResponse;
import com.keyvaluedb.v1.IncrementResponse;
import com.keyvaluedb.v1.ScanResponse;
import com.keyvaluedb.v1.SetResponse;
import com.keyvaluedb.v1.TouchResponse;
import com.keyvaluedb.v1.TransactResponse;
import io.grpc.Status;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The schema's answers as records, with their values decoded. */
final class Replies<V> {
  private final Codec<V> codec;

  Replies(Codec<V> codec) {
    this.codec = codec;
  }

  SetResult<V> set(SetResponse reply) {
    return new SetResult<>(
        reply.getRevision(),
        Times.ifPresent(reply.hasExpireTime(), reply.getExpireTime()),
        entry(reply.hasPrevious(), reply.getPrevious()),
        reply.getReplayed());
  }

  GetResult<V> get(GetResponse reply) {
    return new GetResult<>(entry(reply.hasEntry(), reply.getEntry()), reply.getRevision());
  }

  DeleteResult<V> delete(DeleteResponse reply) {
    return new DeleteResult<>(
        reply.getRevision(),
        reply.getDeleted(),
        entry(reply.hasPrevious(), reply.getPrevious()),
        reply.getReplayed());
  }

  TouchResult<V> touch(TouchResponse reply) {
    return new TouchResult<>(
        reply.getRevision(),
        reply.getTouched(),
        Times.ifPresent(reply.hasExpireTime(), reply.getExpireTime()),
        entry(reply.hasPrevious(), reply.getPrevious()),
        reply.getReplayed());
  }

  IncrementResult<V> increment(IncrementResponse reply) {
    return new IncrementResult<>(
        reply.getRevision(),
        reply.getValue(),
        Times.ifPresent(reply.hasExpireTime(), reply.getExpireTime()),
        reply.getReplayed());
  }

  TransactResult<V> transact(TransactResponse reply) {
    List<OperationResult<V>> results =
        reply.getResultsList().stream().<OperationResult<V>>map(this::operation).toList();
    return new TransactResult<>(
        reply.getRevision(), reply.getSucceeded(), results, reply.getReplayed());
  }

  private OperationResult<V> operation(com.keyvaluedb.v1.OperationResult result) {
    return switch (result.getResultCase()) {
      case SET -> set(result.getSet());
      case GET -> get(result.getGet());
      case DELETE -> delete(result.getDelete());
      case TOUCH -> touch(result.getTouch());
      case INCREMENT -> increment(result.getIncrement());
      case ERROR, RESULT_NOT_SET ->
          throw KeyValueException.ofClient(
              Reason.OTHER, Status.Code.INTERNAL, "a transaction has no such result: " + result);
    };
  }

  /** The entries of one message, which have no value where the scan asked for none. */
  List<Entry<V>> scan(ScanResponse reply, ScanOptions options) {
    Stream<com.keyvaluedb.v1.Entry> entries = reply.getEntriesList().stream();
    return options.includeValues
        ? entries.map(this::entry).toList()
        : entries.map(this::withoutValue).toList();
  }

  private Optional<Entry<V>> entry(boolean present, com.keyvaluedb.v1.Entry entry) {
    return present ? Optional.of(entry(entry)) : Optional.empty();
  }

  Entry<V> entry(com.keyvaluedb.v1.Entry entry) {
    return entry(entry, value(entry.getKey(), entry.getContentType(), entry.getValue()));
  }

  Entry<V> withoutValue(com.keyvaluedb.v1.Entry entry) {
    return entry(entry, null);
  }

  V value(String key, String contentType, ByteString value) {
    try {
      return Values.decode(codec, contentType, value.toByteArray());
    } catch (KeyValueException undecoded) {
      throw undecoded.ofKey(key);
    }
  }

  private static <V> Entry<V> entry(com.keyvaluedb.v1.Entry entry, @Nullable V value) {
    return new Entry<>(
        entry.getKey(),
        value,
        entry.getRevision(),
        entry.getCreateRevision(),
        entry.getVersion(),
        Times.ifPresent(entry.hasExpireTime(), entry.getExpireTime()),
        Times.ifPresent(entry.hasUpdateTime(), entry.getUpdateTime()),
        entry.getContentType());
  }
}
