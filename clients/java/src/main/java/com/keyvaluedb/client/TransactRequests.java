package com.keyvaluedb.client;

import com.keyvaluedb.client.codec.Codec;
import com.keyvaluedb.v1.GetRequest;
import com.keyvaluedb.v1.TransactRequest;
import org.jspecify.annotations.Nullable;

/** Transactions as the schema's requests. */
final class TransactRequests {
  private TransactRequests() {}

  static <V> TransactRequest transact(
      Codec<V> codec, Transact<V> transact, @Nullable String requestId) {
    TransactRequest.Builder request = TransactRequest.newBuilder();
    transact.conditions.forEach(it -> request.addConditions(Requests.condition(it)));
    transact.then.forEach(it -> request.addThen(operation(codec, it)));
    transact.otherwise.forEach(it -> request.addOtherwise(operation(codec, it)));
    if (requestId != null) request.setRequestId(requestId);
    return request.build();
  }

  /**
   * One step. An id or a precondition of its own is sent along, for the server to refuse by name.
   */
  static <V> com.keyvaluedb.v1.Operation operation(Codec<V> codec, Operation<V> operation) {
    com.keyvaluedb.v1.Operation.Builder request = com.keyvaluedb.v1.Operation.newBuilder();
    if (operation instanceof Operation.Set<V> set) {
      request.setSet(Requests.set(codec, set, set.options().requestId));
    } else if (operation instanceof Operation.Get<V> get) {
      request.setGet(GetRequest.newBuilder().setKey(Requests.key(get.key())));
    } else if (operation instanceof Operation.Delete<V> delete) {
      DeleteOptions options = delete.options();
      request.setDelete(Requests.delete(delete.key(), options, options.requestId));
    } else if (operation instanceof Operation.Touch<V> touch) {
      TouchOptions options = touch.options();
      request.setTouch(Requests.touch(touch.key(), options, options.requestId));
    } else if (operation instanceof Operation.Increment<V> increment) {
      request.setIncrement(Requests.increment(increment, increment.options().requestId));
    }
    return request.build();
  }
}
