/**
 * Puts the outputs of a compaction in the place of its inputs: in the manifest, then in the directory, then in the keydir. From the swap of the
 * manifest on there is no way back: a failure ends the right to write, and a new start finishes it.
 */

import {
  corrupt,
  isKvError,
  revision,
  segmentId,
  timeMs,
  type Clock,
  type KvError,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import type { Keydir } from "../keydir/index.js";
import {
  publishSegment,
  RecordType,
  type ManifestFile,
  type ManifestSegment,
  type ScannedRecord,
} from "../log/index.js";
import { scanPatiently } from "./closed-segment.js";
import type { Pace } from "./pace.js";
import type { ReplyWindow } from "./reply-window.js";
import {
  segmentLabel,
  type SegmentHolder,
  type SegmentStats,
  type SegmentTable,
} from "./segment-table.js";

export interface TakeoverOptions {
  readonly fileSystem: FileSystem;
  /** The directory of the segments. */
  readonly directory: string;
  readonly clock: Clock;
  readonly manifest: ManifestFile;
  readonly keydir: Keydir;
  readonly segments: SegmentTable;
  readonly replyWindow: ReplyWindow;
  /** Views that may reach what the inputs hold. */
  readonly holders: () => Iterable<SegmentHolder>;
  /** Ends the right to write; returns the error that says so. */
  readonly endWriting: (error: unknown) => KvError;
  /** The store's logical time. */
  readonly commitTimeMs: () => TimeMs;
}

export class Takeover {
  readonly #options: TakeoverOptions;

  constructor(options: TakeoverOptions) {
    this.#options = options;
  }

  /** The outputs are on stable storage, and so is everything that made a record dead which they lack. */
  async run(
    replaced: readonly SegmentStats[],
    outputs: readonly SegmentStats[],
    pace: Pace,
  ): Promise<void> {
    const { manifest, segments, holders, fileSystem, directory } = this.#options;
    const { endWriting, commitTimeMs } = this.#options;
    const inputs = new Set(replaced.map((input) => input.id));
    const nextId = Math.max(0, ...outputs.map((output) => output.id + 1));
    try {
      // When this fails, the outputs stay: nobody knows which manifest is on disk, and the new one needs them.
      await manifest.swap((current) => ({
        ...current,
        // By this time it was judged what is over: it must not come back with a clock that was set back.
        commitTimeMs: timeMs(Math.max(current.commitTimeMs, commitTimeMs())),
        nextSegmentId: segmentId(Math.max(current.nextSegmentId, nextId)),
        segments: [
          ...outputs.map(listCompacted),
          ...current.segments.map((segment) =>
            inputs.has(segment.id) ? { ...segment, state: "retired" as const } : segment,
          ),
        ],
      }));
      for (const output of outputs) await publishSegment(fileSystem, directory, output.id);
      for (const output of outputs) {
        output.isPointedAt = false;
        segments.add(output);
      }
      for (const output of outputs) {
        await this.#pointAt(output, inputs, pace);
        output.isPointedAt = true;
      }
    } catch (error) {
      const failure = endWriting(error);
      // Damage in an output is told as that.
      throw isKvError(error) ? error : failure;
    }
    const pinned = [...holders()];
    for (const id of inputs) segments.retire(id, pinned);
  }

  /**
   * Points the keydir at the records of an output, where their key still has the record that was copied: no
   * two records of a key share revision and index. Reading the output back costs no memory, and a list of
   * what was copied would cost more than the keydir itself.
   */
  async #pointAt(output: SegmentStats, inputs: ReadonlySet<SegmentId>, pace: Pace): Promise<void> {
    const { segments, manifest, clock } = this.#options;
    const { storeId } = manifest.current;
    const closed = { segments, storeId, stats: output };
    // Want of descriptors passes.
    const bad = await scanPatiently(closed, clock, async ({ records }) => {
      for (const scanned of records) {
        this.#point(output.id, scanned, inputs);
        // The run goes on to its end, also when the store is closing.
        const pause = pace.take();
        if (pause !== undefined) await pause;
      }
    });
    if (bad !== undefined) throw corrupt(segmentLabel(output.id), bad.offset, bad.problem);
  }

  #point(
    to: SegmentId,
    { record, offset, length }: ScannedRecord,
    inputs: ReadonlySet<SegmentId>,
  ): void {
    const { segments, keydir, replyWindow } = this.#options;
    replyWindow.move(record, { segment: to, offset, length });
    if (record.type === RecordType.REPLY) return;
    const entry = keydir.find(record.key, record.revision, record.index);
    if (entry === undefined || !inputs.has(entry.segment)) return;
    const moved = { ...entry, segment: to, offset, length };
    keydir.move(record.key, moved);
    segments.removeLive(entry);
    segments.addLive(moved);
  }
}

function listCompacted(stats: SegmentStats): ManifestSegment {
  const { id, kind, endOffset } = stats;
  return { id, kind, state: "closed", endOffset, baseRevision: revision(0), isSealed: true };
}
