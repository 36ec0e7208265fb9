/**
 * Carries a compaction out: copies what is live from the chosen segments into new ones, has the manifest
 * list those instead, points the keydir at the copies, and lets go of the inputs.
 *
 * - Before the swap, everything that made a record dead is durable: a crash can then not bring back the
 *   state in which the dropped record was the newest.
 * - A tombstone is dropped when no segment outside holds older dead values, or when its key was set again.
 * - Damage met on the way leaves the damaged segment alone. Whatever fails, the inputs stay.
 */

import { revision, segmentId, type Clock, type Revision } from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import type { Keydir, KeydirEntry } from "../keydir/index.js";
import {
  publishSegment,
  RecordType,
  SegmentScanner,
  segmentSeed,
  type LogRecord,
  type LogWriter,
  type ManifestFile,
  type ManifestSegment,
  type Placement,
  type ScannedRecord,
  type Spare,
} from "../log/index.js";
import { CompactedSegment } from "./compacted-segment.js";
import { holdsUp, type CompactionPlan } from "./compaction-policy.js";
import { yieldToLoop, type Pace } from "./pace.js";
import type { SegmentHolder, SegmentStats, SegmentTable } from "./segment-table.js";

export interface CompactorOptions {
  readonly fileSystem: FileSystem;
  /** The directory of the segments. */
  readonly directory: string;
  readonly clock: Clock;
  readonly manifest: ManifestFile;
  readonly log: LogWriter;
  readonly keydir: Keydir;
  readonly segments: SegmentTable;
  readonly segmentBytes: number;
  /** Resolves when everything that was applied by now is durable. */
  readonly whenAllDurable: () => Promise<void>;
  readonly durableRevision: () => Revision;
  /** Views that may reach what the inputs hold. */
  readonly holders: () => Iterable<SegmentHolder>;
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

/** A keydir change takes some two microseconds; this many take about one millisecond. */
const MOVES_PER_SLICE = 500;

interface Move {
  readonly key: Buffer;
  readonly from: Placement;
  readonly to: Placement;
}

/** The state of one run. */
interface Run {
  readonly plan: CompactionPlan;
  /** Segments that are not compacted in this run; one that is begun meanwhile holds nothing older. */
  readonly outside: readonly SegmentStats[];
  readonly pace: Pace;
  readonly dropped: DroppedCounts;
  readonly moves: Move[];
  readonly outputs: CompactedSegment[];
  spare: Spare | undefined;
}

export class Compactor {
  readonly #options: CompactorOptions;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  /** `spare`: write into this prepared file, for want of room for a new one. */
  async run(plan: CompactionPlan, pace: Pace, spare?: Spare): Promise<CompactionOutcome> {
    await this.#raiseFloor(plan.feedFloor);
    const dropped: DroppedCounts = { sets: 0, tombstones: 0, replies: 0 };
    const { segments } = this.#options;
    const outside = segments.list().filter((segment) => !plan.inputs.includes(segment));
    const run: Run = { plan, outside, pace, dropped, moves: [], outputs: [], spare };
    try {
      for (const input of plan.inputs) {
        const bad = await this.#copy(input, run);
        if (bad === undefined) continue;
        await this.#discard(run);
        return { kind: "damaged", segment: input, ...bad };
      }
      for (const output of run.outputs) await output.finish(this.#options.durableRevision());
      await this.#removeUnused(run);
      await this.#options.fileSystem.syncDirectory(this.#options.directory);
    } catch (error) {
      await this.#discard(run);
      throw error;
    }
    await this.#swap(run);
    return { kind: "done", dropped, outputs: run.outputs.map((output) => output.stats) };
  }

  async #raiseFloor(floor: Revision): Promise<void> {
    const { manifest } = this.#options;
    if (floor <= manifest.current.feedFloor) return;
    await manifest.swap((current) => ({
      ...current,
      feedFloor: revision(Math.max(current.feedFloor, floor)),
    }));
  }

  /** Copies what must stay of one input; returns what is bad in it, if anything is. */
  #copy(
    input: SegmentStats,
    run: Run,
  ): Promise<{ readonly offset: number; readonly problem: string } | undefined> {
    const { segments, manifest } = this.#options;
    return segments.withFile(input.id, async (file) => {
      const scanner = new SegmentScanner({
        file,
        kind: input.kind,
        seed: segmentSeed(manifest.current.storeId, input.id),
        endOffset: input.endOffset,
      });
      for (let step = await scanner.next(); ; step = await scanner.next()) {
        if (step.kind === "bad") return { offset: step.offset, problem: step.problem };
        if (step.kind !== "records") return undefined;
        for (const scanned of step.records) {
          await this.#copyRecord(input, scanned, run);
          const pause = run.pace.spend(scanned.length);
          if (pause !== undefined) await pause;
        }
      }
    });
  }

  async #copyRecord(input: SegmentStats, scanned: ScannedRecord, run: Run): Promise<void> {
    const { record, offset, length } = scanned;
    const entry = this.#options.keydir.get(record.key);
    if (!this.#mustStay(input, scanned, entry, run)) {
      countDropped(run.dropped, record);
      return;
    }
    const output = await this.#outputFor(length, run);
    const to = await output.add(record);
    if (record.type !== RecordType.SET && record.type !== RecordType.TOUCH) return;
    // The record's memory is that of a whole window: only the key is kept.
    run.moves.push({
      key: Buffer.from(record.key),
      from: { segment: input.id, offset, length },
      to,
    });
  }

  #mustStay(
    input: SegmentStats,
    { record, offset }: ScannedRecord,
    entry: KeydirEntry | undefined,
    { outside }: Run,
  ): boolean {
    switch (record.type) {
      case RecordType.SET:
      case RecordType.TOUCH:
        return entry?.segment === input.id && entry.offset === offset;
      case RecordType.DELETE:
      case RecordType.EXPIRE:
        if (entry !== undefined) return false;
        return outside.some((segment) => holdsUp(segment, record.revision));
      case RecordType.REPLY:
        return true;
    }
  }

  async #outputFor(length: number, run: Run): Promise<CompactedSegment> {
    const { fileSystem, directory, manifest, log, clock, segmentBytes } = this.#options;
    const last = run.outputs.at(-1);
    if (last !== undefined && last.sizeBytes + length <= segmentBytes) return last;
    const output = await CompactedSegment.create({
      fileSystem,
      directory,
      storeId: manifest.current.storeId,
      id: log.allocateId(),
      createTimeMs: clock.wallMs(),
      spare: run.spare,
    });
    run.spare = undefined;
    run.outputs.push(output);
    return output;
  }

  async #discard(run: Run): Promise<void> {
    for (const output of run.outputs) await output.discard();
    await this.#removeUnused(run);
  }

  /** A spare that was taken and not needed is no one's: its room is given back. */
  async #removeUnused({ spare }: Run): Promise<void> {
    if (spare === undefined) return;
    // What cannot be removed now is a temporary file, which the next start removes.
    await this.#options.fileSystem.unlink(spare.path).catch(() => undefined);
  }

  async #swap({ plan, outputs, moves }: Run): Promise<void> {
    const { manifest, segments, holders, fileSystem, directory } = this.#options;
    await this.#options.whenAllDurable();
    const inputs = new Set(plan.inputs.map((input) => input.id));
    await manifest.swap((current) => ({
      ...current,
      nextSegmentId: segmentId(
        Math.max(current.nextSegmentId, ...outputs.map((output) => output.stats.id + 1)),
      ),
      segments: [
        ...outputs.map((output) => listCompacted(output.stats)),
        ...current.segments.map((segment) =>
          inputs.has(segment.id) ? { ...segment, state: "retired" as const } : segment,
        ),
      ],
    }));
    for (const output of outputs) await publishSegment(fileSystem, directory, output.stats.id);
    for (const output of outputs) segments.add(output.stats);
    await this.#point(moves);
    const pinned = [...holders()];
    for (const id of inputs) segments.retire(id, pinned);
  }

  /** Points the keydir at the copies, where they are still current. The inputs are still there. */
  async #point(moves: readonly Move[]): Promise<void> {
    const { segments, keydir } = this.#options;
    let count = 0;
    for (const { key, from, to } of moves) {
      if (++count % MOVES_PER_SLICE === 0) await yieldToLoop();
      const entry = keydir.get(key);
      if (entry?.segment !== from.segment || entry.offset !== from.offset) continue;
      keydir.put(key, { ...entry, ...to });
      segments.removeLive(from.segment, from.length);
      segments.addLive(to.segment, to.length);
    }
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
