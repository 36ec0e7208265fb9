package com.keyvaluedb.client;

import com.keyvaluedb.client.UnaryCall.Method;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.ListKeysRequest;
import com.keyvaluedb.v1.ListKeysResponse;
import com.keyvaluedb.v1.ListVersionsRequest;
import com.keyvaluedb.v1.ListVersionsResponse;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The listings, scans and watches of a view. A request that cannot be sent is refused at once; the
 * rest begins when one is got from its supplier, a new one each time.
 */
final class Pulls<V> {
  private final AsyncKeyValueView<V> view;
  private final Replies<V> replies;

  Pulls(AsyncKeyValueView<V> view, Replies<V> replies) {
    this.view = view;
    this.replies = replies;
  }

  Supplier<Pull<String>> keys(KeyRange range, ListOptions options) {
    ListKeysRequest.Builder request =
        ListKeysRequest.newBuilder()
            .setRange(Requests.range(range))
            .setPageSize(options.pageSize)
            .setDescending(options.descending);
    ListKeysRequest first = request.build();
    Function<ListKeysResponse, PagePull.Page<String>> read =
        reply -> new PagePull.Page<>(reply.getKeysList(), reply.getNextPageToken());
    return () ->
        pages(
            KeyValueServiceGrpc.getListKeysMethod(),
            read,
            token -> first.toBuilder().setPageToken(token).build());
  }

  Supplier<Pull<Entry<V>>> versions(String key, ListOptions options) {
    ListVersionsRequest first =
        ListVersionsRequest.newBuilder()
            .setKey(Requests.key(key))
            .setPageSize(options.pageSize)
            .build();
    Function<ListVersionsResponse, PagePull.Page<Entry<V>>> read =
        reply ->
            new PagePull.Page<>(
                reply.getEntriesList().stream().map(replies::entry).toList(),
                reply.getNextPageToken());
    return () ->
        pages(
            KeyValueServiceGrpc.getListVersionsMethod(),
            read,
            token -> first.toBuilder().setPageToken(token).build());
  }

  Supplier<Pull<Entry<V>>> entries(KeyRange range, ScanOptions options) {
    var request = StreamRequests.scan(range, options);
    return () ->
        new BatchPull<>(
            new ScanPull<>(
                view.connection, view.settings, request, reply -> replies.scan(reply, options)));
  }

  Supplier<Pull<WatchMessage<V>>> watch(List<KeyRange> ranges, WatchOptions options) {
    var watching = new Watching<>(StreamRequests.watch(ranges, options), replies);
    return () -> new WatchPull<>(view.connection, options.start, watching);
  }

  Supplier<Pull<ExpirationsMessage<V>>> expirations(
      KeyRange range, WatchExpirationsOptions options) {
    var watching =
        new WatchingExpirations<>(StreamRequests.watchExpirations(range, options), replies);
    return () -> new WatchPull<>(view.connection, options.start, watching);
  }

  private <Q, R, T> Pull<T> pages(
      MethodDescriptor<Q, R> method,
      Function<R, PagePull.Page<T>> read,
      Function<String, Q> request) {
    return new BatchPull<>(
        new PagePull<>(token -> view.call(new Method<>(method, read), () -> request.apply(token))));
  }
}
