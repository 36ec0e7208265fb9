/**
 * Carries a compaction out: copies what is live from the chosen segments into new ones, and has those take the place of
 * the inputs.
 *
 * - Before they do, everything that made a record dead is durable: a crash can then not bring back the
 *   state in which the dropped record was the newest.
 * - A tombstone is dropped when no segment outside holds older dead values, or when its key was set again.
 * - Puts that the history of a key keeps stay. Tombstones that it keeps are above the feed's floor, and so in no
 *   input: those below are forgotten first, with what they ended.
 * - Damage met on the way leaves the damaged segment alone. Whatever fails, the inputs stay.
 */

import { isKvError, revision, type Revision, type TimeMs } from "../base/index.js";
import {
  recordLength,
  RecordType,
  unpackValue,
  type LogRecord,
  type LogWriter,
  type ScannedRecord,
  type Spare,
} from "../log/index.js";
import { scanClosedSegment, type BadRecord } from "./closed-segment.js";
import { CompactedSegment } from "./compacted-segment.js";
import { lowestHeldUp, type CompactionPlan } from "./compaction-policy.js";
import type { Pace } from "./pace.js";
import { noteIn, toReplyRecord, type NoteOfSet } from "./reply-window.js";
import type { SegmentNames } from "./segment-names.js";
import type { SegmentStats } from "./segment-table.js";
import { Takeover, type TakeoverOptions } from "./takeover.js";

export interface CompactorOptions extends TakeoverOptions {
  readonly log: LogWriter;
  readonly segmentNames: SegmentNames;
  readonly noteOfSet: NoteOfSet;
  readonly segmentBytes: number;
  /** Resolves when everything that was applied by now is durable. */
  readonly whenAllDurable: () => Promise<void>;
  readonly durableRevision: () => Revision;
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
  readonly #takeover: Takeover;

  constructor(options: CompactorOptions) {
    this.#options = options;
    this.#takeover = new Takeover(options);
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
    const outputs = run.outputs.map((output) => output.stats);
    await this.#takeover.run(plan.inputs, outputs, pace);
    return { kind: "done", dropped, outputs };
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
      const { segments, manifest } = this.#options;
      const closed = { segments, storeId: manifest.current.storeId, stats: input };
      return await scanClosedSegment(closed, async ({ records, bytes }) => {
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
}

function countDropped(dropped: DroppedCounts, record: LogRecord): void {
  if (record.type === RecordType.SET || record.type === RecordType.TOUCH) dropped.sets++;
  else if (record.type === RecordType.REPLY) dropped.replies++;
  else dropped.tombstones++;
}
