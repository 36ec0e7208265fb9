/** What is known of a snapshot, as JSON and in words. */

import type { SnapshotInfo } from "../../kv/index.js";
import { roundByteSize } from "../byte-size.js";
import { formatTime } from "../time-text.js";
import { counted } from "./counted.js";
import { columns } from "./printer.js";

export function snapshotObject(snapshot: SnapshotInfo): object {
  return {
    snapshot_id: snapshot.snapshotId,
    revision: snapshot.revision,
    key_count: snapshot.keyCount,
    size_bytes: snapshot.sizeBytes,
    sha256: snapshot.sha256.toString("hex"),
    create_time: formatTime(snapshot.createTimeMs),
  };
}

export function snapshotWords(snapshot: SnapshotInfo): string {
  return columns([
    ["snapshot", snapshot.snapshotId],
    ["revision", String(snapshot.revision)],
    ["keys", String(snapshot.keyCount)],
    ["size", `${roundByteSize(snapshot.sizeBytes)} (${String(snapshot.sizeBytes)} bytes)`],
    ["sha256", snapshot.sha256.toString("hex")],
    ["created", formatTime(snapshot.createTimeMs)],
  ]);
}

/** One line of a list. */
export function snapshotLine(snapshot: SnapshotInfo): string {
  const { snapshotId, revision, keyCount, sizeBytes, createTimeMs } = snapshot;
  const size = roundByteSize(sizeBytes);
  const counts = `revision ${String(revision)}  ${counted(keyCount, "key")}  ${size}`;
  return `${snapshotId}  ${formatTime(createTimeMs)}  ${counts}`;
}
