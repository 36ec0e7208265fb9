package com.keyvaluedb.client;

import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.WatchRequest;
import com.keyvaluedb.v1.WatchResponse;
import io.grpc.MethodDescriptor;
import java.util.Optional;

/** A watch of changes: what it asks for, and what its messages say. */
final class Watching<V> implements WatchPull.Kind<WatchRequest, WatchResponse, WatchMessage<V>> {
  private final WatchRequest request;
  private final Replies<V> replies;

  Watching(WatchRequest request, Replies<V> replies) {
    this.request = request;
    this.replies = replies;
  }

  @Override
  public MethodDescriptor<WatchRequest, WatchResponse> method() {
    return KeyValueServiceGrpc.getWatchMethod();
  }

  @Override
  public WatchRequest request(StartPosition start) {
    return request.toBuilder().setStart(StreamRequests.start(start)).build();
  }

  @Override
  public String token(WatchResponse reply) {
    return reply.getResumeToken();
  }

  @Override
  public WatchPosition.Synced synced(WatchResponse reply) {
    return reply.getSynced() ? WatchPosition.Synced.NOW : WatchPosition.Synced.NOT_SAID;
  }

  @Override
  public WatchMessage<V> message(WatchResponse reply, boolean restarted) {
    return new WatchMessage<>(
        reply.getEventsList().stream().map(this::event).toList(),
        reply.getResumeToken(),
        progress(reply.hasProgress(), reply.getProgress()),
        reply.getSynced(),
        restarted);
  }

  static Optional<Progress> progress(boolean present, com.keyvaluedb.v1.Progress progress) {
    return present
        ? Optional.of(new Progress(progress.getRevision(), Times.fromProto(progress.getTime())))
        : Optional.empty();
  }

  private Event<V> event(com.keyvaluedb.v1.Event event) {
    EventKind kind = kind(event.getKind());
    boolean valued = (kind == EventKind.SET || kind == EventKind.TOUCH) && !event.getValueOmitted();
    return new Event<>(
        kind,
        event.getRevision(),
        event.getIndex(),
        valued ? replies.entry(event.getEntry()) : replies.withoutValue(event.getEntry()),
        event.hasPrevious() ? Optional.of(replies.entry(event.getPrevious())) : Optional.empty(),
        event.getPreviousOmitted(),
        event.getValueOmitted(),
        Times.fromProto(event.getCommitTime()));
  }

  private static EventKind kind(com.keyvaluedb.v1.EventKind kind) {
    return switch (kind) {
      case EVENT_KIND_SET -> EventKind.SET;
      case EVENT_KIND_DELETE -> EventKind.DELETE;
      case EVENT_KIND_EXPIRE -> EventKind.EXPIRE;
      case EVENT_KIND_TOUCH -> EventKind.TOUCH;
      case EVENT_KIND_UNSPECIFIED, UNRECOGNIZED -> EventKind.UNKNOWN;
    };
  }
}
