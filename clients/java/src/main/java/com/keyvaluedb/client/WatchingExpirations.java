package com.keyvaluedb.client;

import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.WatchExpirationsRequest;
import com.keyvaluedb.v1.WatchExpirationsResponse;
import io.grpc.MethodDescriptor;
import java.util.Optional;

/** A watch of expirations: what it asks for, and what its messages say. */
final class WatchingExpirations<V>
    implements WatchPull.Kind<
        WatchExpirationsRequest, WatchExpirationsResponse, ExpirationsMessage<V>> {
  private final WatchExpirationsRequest request;
  private final Replies<V> replies;

  WatchingExpirations(WatchExpirationsRequest request, Replies<V> replies) {
    this.request = request;
    this.replies = replies;
  }

  @Override
  public MethodDescriptor<WatchExpirationsRequest, WatchExpirationsResponse> method() {
    return KeyValueServiceGrpc.getWatchExpirationsMethod();
  }

  @Override
  public WatchExpirationsRequest request(StartPosition start) {
    return request.toBuilder().setStart(StreamRequests.start(start)).build();
  }

  @Override
  public String token(WatchExpirationsResponse reply) {
    return reply.getResumeToken();
  }

  @Override
  public WatchPosition.Synced synced(WatchExpirationsResponse reply) {
    return WatchPosition.Synced.NOT_SAID;
  }

  /** It has no current state to begin again with, so it is never restarted. */
  @Override
  public ExpirationsMessage<V> message(WatchExpirationsResponse reply, boolean restarted) {
    return new ExpirationsMessage<>(
        reply.getExpirationsList().stream().map(this::expiration).toList(),
        reply.getResumeToken(),
        Watching.progress(reply.hasProgress(), reply.getProgress()));
  }

  private Expiration<V> expiration(com.keyvaluedb.v1.Expiration expiration) {
    boolean valued = request.getIncludeValue() && !expiration.getValueOmitted();
    return new Expiration<>(
        expiration.getRevision(),
        expiration.getIndex(),
        expiration.getKey(),
        valued
            ? Optional.of(
                replies.value(
                    expiration.getKey(), expiration.getContentType(), expiration.getValue()))
            : Optional.empty(),
        expiration.getValueSize(),
        Times.fromProto(expiration.getExpireTime()),
        Times.fromProto(expiration.getCommitTime()),
        cause(expiration.getCause()),
        expiration.getContentType(),
        expiration.getValueOmitted());
  }

  private static ExpirationCause cause(com.keyvaluedb.v1.ExpirationCause cause) {
    return switch (cause) {
      case EXPIRATION_CAUSE_DEADLINE -> ExpirationCause.DEADLINE;
      case EXPIRATION_CAUSE_DEADLINE_WHILE_DOWN -> ExpirationCause.DEADLINE_WHILE_DOWN;
      case EXPIRATION_CAUSE_UNSPECIFIED, UNRECOGNIZED -> ExpirationCause.UNKNOWN;
    };
  }
}
