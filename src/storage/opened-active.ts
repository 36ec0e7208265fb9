/** The segment that a process begins with: a new one, with what was recovered and not proven durable copied in. */

import { join } from "node:path";

import { revision, systemErrorCode, timeMs } from "../base/index.js";
import {
  Batch,
  BATCH_HEADER_BYTES,
  OpenSegment,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  type LogRecord,
  type Manifest,
  type Placement,
  type Spare,
  type SpareSegments,
} from "../log/index.js";
import type { TailBatch } from "./segment-recovery.js";
import { SEGMENTS_DIRECTORY, SegmentStats } from "./segment-table.js";
import type { StorageOptions } from "./storage-options.js";

export interface OpenedActive {
  readonly segment: OpenSegment;
  readonly stats: SegmentStats;
  /** What was copied into it. */
  readonly records: readonly { readonly record: LogRecord; readonly placement: Placement }[];
}

/** Makes the segment that this process will append to, the recovered tail already in it. */
export async function openActive(
  options: StorageOptions,
  manifest: Manifest,
  spares: SpareSegments,
  tail: readonly TailBatch[],
): Promise<OpenedActive> {
  const tailBytes = tail.reduce((sum, batch) => sum + batch.bytes, 0);
  const overhead = SEGMENT_HEADER_BYTES + SEGMENT_FOOTER_BYTES + 2 * BATCH_HEADER_BYTES;
  const leastBytes = tailBytes + overhead;
  const sizeBytes = Math.min(options.startSegmentBytes, options.segmentBytes);
  const spare = await makeSpare(spares, Math.max(sizeBytes, leastBytes), leastBytes);
  const segment = new OpenSegment({
    fileSystem: options.fileSystem,
    directory: join(options.directory, SEGMENTS_DIRECTORY),
    storeId: manifest.storeId,
    id: manifest.nextSegmentId,
    spare,
  });
  await segment.prepare(options.clock.wallMs());
  const stats = new SegmentStats(segment.id, "log");
  stats.isActive = true;
  stats.endOffset = spare.sizeBytes;
  const records: { record: LogRecord; placement: Placement }[] = [];
  const transactions = transactionsOf(tail);
  if (transactions.length > 0) {
    const batch = new Batch(segment, segment.writtenEnd);
    for (const transaction of transactions) {
      batch.add(transaction).forEach((placement, index) => {
        const record = transaction[index];
        if (record !== undefined) records.push({ record, placement });
      });
    }
    await segment.write(batch, revision(batch.firstRevision - 1), timeMs(0));
    for (const { record, placement } of records) stats.count(record, placement.length);
  }
  return { segment, stats, records };
}

/** On a full disk as small as will do: what is there can then be read, and the rest waits until there is room. */
async function makeSpare(
  spares: SpareSegments,
  sizeBytes: number,
  leastBytes: number,
): Promise<Spare> {
  try {
    return await spares.make(sizeBytes);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "ENOSPC" && code !== "EDQUOT") throw error;
    return spares.make(leastBytes);
  }
}

function transactionsOf(tail: readonly TailBatch[]): LogRecord[][] {
  const transactions: LogRecord[][] = [];
  let open: LogRecord[] = [];
  for (const { record } of tail.flatMap((batch) => batch.records)) {
    open.push(record);
    if (!record.isLastOfTransaction) continue;
    transactions.push(open);
    open = [];
  }
  return transactions;
}
