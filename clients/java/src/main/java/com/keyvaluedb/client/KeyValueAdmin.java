package com.keyvaluedb.client;

import java.util.List;

/**
 * The calls of whoever runs the store: {@link KeyValueView#admin}. Making a snapshot or compacting
 * a large store wants a longer deadline than others: {@code
 * client.withDeadline(Duration.ofMinutes(10)).admin().snapshot()}.
 */
public final class KeyValueAdmin {
  private final AsyncKeyValueAdmin async;

  KeyValueAdmin(AsyncKeyValueAdmin async) {
    this.async = async;
  }

  /** How the store is: its revision, sizes, counts and alarms. */
  public StoreStatus status() {
    return Blocking.await(async.status());
  }

  /** Writes every entry at one revision into a file in the server's data directory. */
  public Snapshot snapshot() {
    return Blocking.await(async.snapshot());
  }

  /** Gives back the disk space of what was overwritten, deleted or expired. */
  public CompactResult compact() {
    return Blocking.await(async.compact());
  }

  /** The snapshots in the server's data directory, the oldest first. */
  public List<Snapshot> listSnapshots() {
    return Blocking.await(async.listSnapshots());
  }

  /** Deletes a snapshot, and says whether there was such a one. */
  public boolean deleteSnapshot(String snapshotId) {
    return Blocking.await(async.deleteSnapshot(snapshotId));
  }
}
