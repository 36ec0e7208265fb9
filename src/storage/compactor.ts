/**
 * Carries a compaction out: copies what is live from the chosen segments into new ones, has the manifest
 * list those instead, points the keydir at the copies, and lets go of the inputs.
 *
 * - Before the swap, everything that made a record dead is durable: a crash can then not bring back the
 *   state in which the dropped record was the newest.
 * - A tombstone is dropped when no segment outside holds older dead values, or when its key was set again.
 * - Puts that the history of a key keeps stay. Tombstones that it keeps are above the feed's floor, and so in no
 *   input: those below are forgotten first, with what they ended.
 * - Damage met on the way leaves the damaged segment alone. Whatever fails, the inputs stay.
 */

import {
  corrupt,
  isKvError,
  revision,
  segmentId,
  type Clock,
  type KvError,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import type { Keydir } from "../keydir/index.js";
import {
  publishSegment,
  recordLength,
  RecordType,
  unpackValue,
  type LogRecord,
  type LogWriter,
  type ManifestFile,
  type ManifestSegment,
  type ScannedRecord,
  type Spare,
} from "../log/index.js";
import {
  scanClosedSegment,
  scanPatiently,
  type BadRecord,
  type ClosedSegment,
} from "./closed-segment.js";
import { CompactedSegment } from "./compacted-segment.js";
import { lowestHeldUp, type CompactionPlan } from "./compaction-policy.js";
import type { Pace } from "./pace.js";
import { noteIn, toReplyRecord, type NoteOfSet, type ReplyWindow } from "./reply-window.js";
import type { SegmentNames } from "./segment-names.js";
import {
  segmentLabel,
  type SegmentHolder,
  type SegmentStats,
  type SegmentTable,
} from "./segment-table.js";

export interface CompactorOptions {
  readonly fileSystem: FileSystem;
  /** The directory of the segments. */
  readonly directory: string;
  readonly clock: Clock;
  readonly manifest: ManifestFile;
  readonly log: LogWriter;
  readonly keydir: Keydir;
  readonly segments: SegmentTable;
  readonly segmentNames: SegmentNames;
  readonly replyWindow: ReplyWindow;
  readonly noteOfSet: NoteOfSet;
  readonly segmentBytes: number;
  /** Resolves when everything that was applied by now is durable. */
  readonly whenAllDurable: () => Promise<void>;
  readonly durableRevision: () => Revision;
  /** Views that may reach what the inputs hold. */
  readonly holders: () => Iterable<SegmentHolder>;
  /** Ends the right to write; returns the error that says so. */
  readonly endWriting: (error: unknown) => KvError;
}

export interface DroppedCounts {
  sets: number;
  tombstones: number;
  replies: number;
}

/** How one run ended. `damaged`: nothing was changed, this input cannot be read. */
export type CompactionOutcome =
  | {
      readonly kind: "done";
      readonly dropped: DroppedCounts;
      readonly outputs: readonly SegmentStats[];
    }
  | {
      readonly kind: "damaged";
      readonly segment: SegmentStats;
      readonly offset: number;
      readonly problem: string;
    };

/** The state of one run. */
interface Run {
  readonly plan: CompactionPlan;
  /** Segments that are not compacted in this run; one that is begun meanwhile holds nothing older. */
  readonly outside: readonly SegmentStats[];
  readonly pace: Pace;
  readonly dropped: DroppedCounts;
  readonly outputs: CompactedSegment[];
  /** Takes a prepared file to write into, where there is no room for a new one. */
  readonly takeSpare: () => Spare | undefined;
}

export class Compactor {
  readonly #options: CompactorOptions;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  /** `takeSpare` is asked for a prepared file to write into, where there is no room for a new one. */
  async run(
    plan: CompactionPlan,
    pace: Pace,
    takeSpare: () => Spare | undefined,
  ): Promise<CompactionOutcome> {
    await this.#raiseFloor(plan.feedFloor, pace);
    const dropped: DroppedCounts = { sets: 0, tombstones: 0, replies: 0 };
    const { segments } = this.#options;
    const outside = segments.list().filter((segment) => !plan.inputs.includes(segment));
    const run: Run = { plan, outside, pace, dropped, outputs: [], takeSpare };
    try {
      for (const input of plan.inputs) {
        const bad = await this.#copy(input, run);
        if (bad === undefined) continue;
        await this.#discard(run);
        return { ...bad, kind: "damaged", segment: input };
      }
      for (const output of run.outputs) await output.finish(this.#options.durableRevision());
      await this.#options.segmentNames.sync();
      await this.#options.whenAllDurable();
    } catch (error) {
      await this.#discard(run);
      throw error;
    }
    await this.#swap(run);
    return { kind: "done", dropped, outputs: run.outputs.map((output) => output.stats) };
  }

  /**
   * Forgets what was removed below this revision, of which followers need nothing any more. Without it, a store
   * in which everything is kept would never have anything to compact.
   */
  async forgetRemoved(floor: Revision, pace: Pace): Promise<void> {
    const oldest = this.#options.keydir.history.oldestRemoval();
    if (oldest !== undefined && oldest < floor) await this.#raiseFloor(floor, pace);
  }

  /** Forgets replies whose time has passed, so that their records need not be kept. */
  async forgetReplies(nowMs: TimeMs, pace: Pace): Promise<void> {
    while (this.#options.replyWindow.forgetSome(nowMs)) {
      const pause = pace.spend(0);
      if (pause !== undefined) await pause;
    }
  }

  /**
   * Raises the feed's floor, and forgets what was removed below it. Not while records are copied: what had been
   * copied as live would be there without the tombstone that ends it.
   */
  async #raiseFloor(floor: Revision, pace: Pace): Promise<void> {
    const { manifest, keydir, segments } = this.#options;
    if (floor > manifest.current.feedFloor) {
      await manifest.swap((current) => ({
        ...current,
        feedFloor: revision(Math.max(current.feedFloor, floor)),
      }));
    }
    for (;;) {
      const dropped = keydir.history.forgetRemoval(manifest.current.feedFloor);
      if (dropped.length === 0) return;
      for (const entry of dropped) segments.removeLive(entry);
      const pause = pace.spend(0);
      if (pause !== undefined) await pause;
    }
  }

  /** Copies what must stay of one input; returns what is bad in it, if anything is. */
  async #copy(input: SegmentStats, run: Run): Promise<BadRecord | undefined> {
    try {
      // What dies meanwhile holds up only tombstones that are newer than this whole run.
      const heldUp = lowestHeldUp(run.outside);
      return await scanClosedSegment(this.#closed(input), async ({ records, bytes }) => {
        let position = 0;
        for (const scanned of records) {
          const { length } = scanned;
          if (this.#mustStay(input, scanned, heldUp)) {
            const output = this.#roomFor(length, run) ?? (await this.#makeRoom(length, run));
            output.copy(scanned.record, bytes.subarray(position, position + length));
          } else {
            countDropped(run.dropped, scanned.record);
            if (this.#isRemembered(input, scanned)) await this.#keepReply(scanned.record, run);
          }
          position += length;
          const pause = run.pace.spend(length);
          if (pause !== undefined) await pause;
        }
      });
    } catch (error) {
      // A file that cannot even be opened; what concerns the outputs comes as the disk said it.
      if (!isKvError(error, "CORRUPT")) throw error;
      return { offset: 0, problem: error.message };
    }
  }

  #mustStay(
    input: SegmentStats,
    { record, offset }: ScannedRecord,
    heldUp: Revision | undefined,
  ): boolean {
    const { keydir } = this.#options;
    switch (record.type) {
      case RecordType.SET:
      case RecordType.TOUCH: {
        const entry = keydir.find(record.key, record.revision, record.index);
        return entry?.segment === input.id && entry.offset === offset;
      }
      case RecordType.DELETE:
      case RecordType.EXPIRE:
        return heldUp !== undefined && heldUp < record.revision && !keydir.get(record.key);
      case RecordType.REPLY:
        return this.#isRemembered(input, { record, offset });
    }
  }

  #isRemembered(
    { id }: SegmentStats,
    { record, offset }: Pick<ScannedRecord, "record" | "offset">,
  ): boolean {
    return this.#options.replyWindow.isAt(record, { segment: id, offset });
  }

  /** Of a set that is dead and whose call is remembered, only what answers that call stays. */
  async #keepReply(record: LogRecord, run: Run): Promise<void> {
    const note = noteIn(record, await unpackValue(record), this.#options.noteOfSet);
    const reply = toReplyRecord(note, { ...record, index: 0, isLastOfTransaction: true });
    const length = recordLength(reply);
    await (this.#roomFor(length, run) ?? (await this.#makeRoom(length, run))).add(reply);
  }

  #closed(stats: SegmentStats): ClosedSegment {
    const { segments, manifest } = this.#options;
    return { segments, storeId: manifest.current.storeId, stats };
  }

  /** The output that takes a record of this length without a wait. */
  #roomFor(length: number, { outputs }: Run): CompactedSegment | undefined {
    const last = outputs.at(-1);
    if (last === undefined || last.sizeBytes + length > this.#options.segmentBytes)
      return undefined;
    return last.hasRoom(length) ? last : undefined;
  }

  async #makeRoom(length: number, run: Run): Promise<CompactedSegment> {
    const { fileSystem, directory, manifest, log, clock, segmentBytes } = this.#options;
    const last = run.outputs.at(-1);
    if (last !== undefined) {
      await last.makeRoom(length);
      if (last.sizeBytes + length <= segmentBytes) return last;
    }
    const output = await CompactedSegment.create({
      fileSystem,
      directory,
      storeId: manifest.current.storeId,
      id: log.allocateId(),
      createTimeMs: clock.wallMs(),
      spare: run.takeSpare(),
    });
    run.outputs.push(output);
    if (!output.hasRoom(length)) await output.makeRoom(length);
    return output;
  }

  async #discard(run: Run): Promise<void> {
    for (const output of run.outputs) await output.discard();
  }

  /** From the swap on there is no way back: a failure ends the right to write, and a new start finishes it. */
  async #swap({ plan, outputs, pace }: Run): Promise<void> {
    const { manifest, segments, holders, fileSystem, directory, endWriting } = this.#options;
    const inputs = new Set(plan.inputs.map((input) => input.id));
    const nextId = Math.max(0, ...outputs.map((output) => output.stats.id + 1));
    try {
      // When this fails, the outputs stay: nobody knows which manifest is on disk, and the new one needs them.
      await manifest.swap((current) => ({
        ...current,
        nextSegmentId: segmentId(Math.max(current.nextSegmentId, nextId)),
        segments: [
          ...outputs.map((output) => listCompacted(output.stats)),
          ...current.segments.map((segment) =>
            inputs.has(segment.id) ? { ...segment, state: "retired" as const } : segment,
          ),
        ],
      }));
      for (const output of outputs) await publishSegment(fileSystem, directory, output.stats.id);
      for (const { stats } of outputs) {
        stats.isPointedAt = false;
        segments.add(stats);
      }
      for (const { stats } of outputs) {
        await this.#pointAt(stats, inputs, pace);
        stats.isPointedAt = true;
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
    const { clock } = this.#options;
    // After the swap there is no way back, and want of descriptors passes.
    const bad = await scanPatiently(this.#closed(output), clock, async ({ records }) => {
      for (const scanned of records) {
        this.#point(output.id, scanned, inputs);
        // From the swap on the run goes on to its end, also when the store is closing.
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

function countDropped(dropped: DroppedCounts, record: LogRecord): void {
  if (record.type === RecordType.SET || record.type === RecordType.TOUCH) dropped.sets++;
  else if (record.type === RecordType.REPLY) dropped.replies++;
  else dropped.tombstones++;
}
