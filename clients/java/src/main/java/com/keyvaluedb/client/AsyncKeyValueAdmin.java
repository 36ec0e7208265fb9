package com.keyvaluedb.client;

import com.keyvaluedb.client.UnaryCall.Method;
import com.keyvaluedb.v1.AdminServiceGrpc;
import com.keyvaluedb.v1.CompactRequest;
import com.keyvaluedb.v1.DeleteSnapshotRequest;
import com.keyvaluedb.v1.DeleteSnapshotResponse;
import com.keyvaluedb.v1.GetStatusRequest;
import com.keyvaluedb.v1.KeyValueServiceGrpc;
import com.keyvaluedb.v1.ListSnapshotsRequest;
import com.keyvaluedb.v1.SnapshotRequest;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The calls of {@link KeyValueAdmin} as futures. */
public final class AsyncKeyValueAdmin {
  private final AsyncKeyValueView<?> view;

  AsyncKeyValueAdmin(AsyncKeyValueView<?> view) {
    this.view = view;
  }

  /** As {@link KeyValueAdmin#status}. */
  public CompletableFuture<StoreStatus> status() {
    return view.call(
        new Method<>(AdminServiceGrpc.getGetStatusMethod(), AdminReplies::status),
        () -> GetStatusRequest.newBuilder().setIncludeMethods(true).build());
  }

  /** As {@link KeyValueAdmin#snapshot}. */
  public CompletableFuture<Snapshot> snapshot() {
    return view.call(
        new Method<>(
            KeyValueServiceGrpc.getSnapshotMethod(),
            reply -> AdminReplies.snapshot(reply.getSnapshot())),
        SnapshotRequest::getDefaultInstance);
  }

  /** As {@link KeyValueAdmin#compact}. */
  public CompletableFuture<CompactResult> compact() {
    return view.call(
        new Method<>(KeyValueServiceGrpc.getCompactMethod(), AdminReplies::compact),
        CompactRequest::getDefaultInstance);
  }

  /** As {@link KeyValueAdmin#listSnapshots}. */
  public CompletableFuture<List<Snapshot>> listSnapshots() {
    return view.call(
        new Method<>(
            AdminServiceGrpc.getListSnapshotsMethod(),
            reply -> reply.getSnapshotsList().stream().map(AdminReplies::snapshot).toList()),
        ListSnapshotsRequest::getDefaultInstance);
  }

  /** As {@link KeyValueAdmin#deleteSnapshot}. */
  public CompletableFuture<Boolean> deleteSnapshot(String snapshotId) {
    return view.call(
        new Method<>(
            AdminServiceGrpc.getDeleteSnapshotMethod(), DeleteSnapshotResponse::getDeleted),
        () ->
            DeleteSnapshotRequest.newBuilder()
                .setSnapshotId(Text.checked("snapshot_id", snapshotId))
                .build());
  }
}
