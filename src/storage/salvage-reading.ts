/**
 * Reads the segments of a damaged store for all that is intact in them, and works out which revisions may be
 * lost. A revision that is not lost is known whole, so a key that was changed after the last lost one
 * is known for certain.
 *
 * - In a log segment batches follow one another without a gap. What is missing between its base and its end is
 *   lost. Where no manifest says where segments begin, every gap in the log is taken for a loss.
 * - A compacted segment holds records of any revision below the feed's floor; its footer says from which to
 *   which, and how many.
 * - What lies behind the last intact thing of an active segment, and is not whole, was never acknowledged, as
 *   far as anything tells that was durable.
 */

import { join } from "node:path";

import {
  NO_REVISION,
  revision,
  systemErrorCode,
  timeMs,
  type Finding,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import { readWholeFile } from "../disk/index.js";
import {
  RecordType,
  segmentSeed,
  surveySegment,
  type LogRecord,
  type Placement,
  type ScannedRecord,
  type SegmentFooter,
  type SegmentKind,
  type SurveyStep,
} from "../log/index.js";
import type { ClosedStore } from "./closed-store.js";
import { placementAt } from "./replay.js";
import { joined, without, type RevisionRange } from "./revision-ranges.js";
import type { SalvageSource, SourceSegment } from "./salvage-source.js";
import { segmentLabel } from "./segment-table.js";

export interface SalvageReader {
  readonly apply: (record: LogRecord, placement: Placement) => void;
  /** Told of revisions that were durable, and of the time then. */
  readonly raise: (toRevision: Revision, toTimeMs: TimeMs) => void;
  readonly onFinding: (finding: Finding) => void;
}

/** What a segment turned out to hold. */
interface ReadSegment {
  readonly source: SourceSegment;
  readonly kind: SegmentKind;
  readonly footer: SegmentFooter | undefined;
  /** Of whole transactions, in a log segment. */
  readonly covered: readonly RevisionRange[];
  readonly recordCount: number;
  readonly isDamaged: boolean;
  /** The highest revision that it proves durable. */
  readonly durable: Revision;
}

/** Reads everything; returns the revisions that may be lost. `durable` is what other files prove durable. */
export async function readForSalvage(
  store: ClosedStore,
  source: SalvageSource,
  reader: SalvageReader,
  durable: Revision,
): Promise<readonly RevisionRange[]> {
  const read: ReadSegment[] = [];
  for (const segment of source.segments) {
    const bytes = await bytesOf(store, segment, reader);
    read.push(
      bytes === undefined
        ? unread(segment)
        : new SegmentSalvage(segment, source.storeId, reader).read(bytes),
    );
  }
  let newest = durable;
  for (const each of read) {
    newest = revision(Math.max(newest, each.durable, newestIn(each)));
  }
  const log = read.filter(({ kind }) => kind === "log");
  const compacted = read.filter(({ kind }) => kind === "compacted");
  return joined([
    ...lostFromLog(log, source, newest),
    ...lostFromCompacted(compacted, source, newest),
  ]);
}

async function bytesOf(
  store: ClosedStore,
  { file, listed }: SourceSegment,
  { onFinding }: SalvageReader,
): Promise<Buffer | undefined> {
  if (file === undefined) return undefined;
  try {
    const path = join(store.directory, file);
    const bytes = await readWholeFile(store.fileSystem, path, Number.MAX_SAFE_INTEGER);
    if (listed?.state !== "closed") return bytes;
    if (bytes.length < listed.endOffset) {
      const problem = `it has ${String(bytes.length)} bytes of ${String(listed.endOffset)}`;
      onFinding({ file, offset: bytes.length, problem });
    }
    return bytes.subarray(0, listed.endOffset);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined || code === "EACCES" || code === "EMFILE") throw error;
    onFinding({ file, offset: 0, problem: `it cannot be read (${code})` });
    return undefined;
  }
}

function unread(source: SourceSegment): ReadSegment {
  const kind = source.kind ?? "log";
  return {
    source,
    kind,
    footer: undefined,
    covered: [],
    recordCount: 0,
    isDamaged: true,
    durable: NO_REVISION,
  };
}

function newestIn({ covered, footer }: ReadSegment): number {
  return Math.max(footer?.lastRevision ?? 0, ...covered.slice(-1).map(({ last }) => last));
}

class SegmentSalvage {
  readonly #source: SourceSegment;
  readonly #storeId: Buffer;
  readonly #reader: SalvageReader;
  readonly #label: string;
  readonly #covered: RevisionRange[] = [];
  #kind: SegmentKind = "log";
  /** What lies before this was durable, whole or not. */
  #trustedEnd = 0;
  #footer: SegmentFooter | undefined;
  #recordCount = 0;
  #durable: Revision = NO_REVISION;
  /** Whether the last thing in it is what the store says that it is. */
  #isEndRight = false;
  #damages: Finding[] = [];

  constructor(source: SourceSegment, storeId: Buffer, reader: SalvageReader) {
    this.#source = source;
    this.#storeId = storeId;
    this.#reader = reader;
    this.#label = source.file ?? segmentLabel(source.id);
  }

  read(bytes: Buffer): ReadSegment {
    const { listed } = this.#source;
    const seed = segmentSeed(this.#storeId, this.#source.id);
    const kind = this.#source.kind ?? guessKind(bytes, seed);
    this.#kind = kind;
    const steps = [...surveySegment({ bytes, kind, seed })];
    const isClosed = listed?.state === "closed";
    this.#trustedEnd = isClosed ? bytes.length : lastProof(steps, kind);
    for (const step of steps) this.#take(step);
    if (isClosed && listed.isSealed && this.#footer === undefined) {
      this.#damages.push({
        file: this.#label,
        offset: bytes.length,
        problem: "there is no intact footer",
      });
    }
    if (isClosed && bytes.length < listed.endOffset) this.#isEndRight = false;
    this.#damages.forEach(this.#reader.onFinding);
    return {
      source: this.#source,
      kind,
      footer: this.#footer,
      covered: joined(this.#covered),
      recordCount: this.#recordCount,
      isDamaged: this.#damages.length > 0 || !this.#isEndRight,
      durable: this.#durable,
    };
  }

  #take(step: SurveyStep): void {
    const isTrusted = step.offset < this.#trustedEnd;
    if (step.kind === "end") this.#isEndRight = this.#source.listed?.isSealed !== true;
    if (step.kind === "footer") {
      this.#footer = step.footer;
      this.#isEndRight = true;
      this.#raise(step.footer.durableRevision, timeMs(0));
      this.#raise(step.footer.lastRevision, timeMs(0));
    }
    if (step.kind === "damage" && isTrusted) {
      const problem = `${step.problem}, up to byte ${String(step.endOffset)}`;
      this.#damages.push({ file: this.#label, offset: step.offset, problem });
    }
    if (step.kind !== "records") return;
    const { header, records, isWhole } = step;
    if (header !== undefined) {
      this.#raise(header.durableBefore, header.commitTimeMs);
    }
    if (!isWhole && !isTrusted) return;
    if (this.#kind === "log") this.#covered.push(...wholeTransactions(records));
    this.#applyAll(records);
  }

  #raise(toRevision: Revision, toTimeMs: TimeMs): void {
    this.#durable = revision(Math.max(this.#durable, toRevision));
    this.#reader.raise(toRevision, toTimeMs);
  }

  #applyAll(records: readonly ScannedRecord[]): void {
    for (const { record, offset, length } of records) {
      if (record.type !== RecordType.REPLY) this.#recordCount++;
      this.#reader.apply(record, placementAt(this.#source.id, offset, length));
    }
  }
}

/** The revisions of which every record is there. */
function wholeTransactions(records: readonly ScannedRecord[]): RevisionRange[] {
  const whole: RevisionRange[] = [];
  let open: { readonly revision: Revision; nextIndex: number } | undefined;
  for (const { record } of records) {
    if (record.index === 0) open = { revision: record.revision, nextIndex: 0 };
    if (open?.revision !== record.revision || open.nextIndex !== record.index) {
      open = undefined;
      continue;
    }
    open.nextIndex++;
    if (record.isLastOfTransaction) whole.push({ first: open.revision, last: open.revision });
  }
  return joined(whole);
}

/** Where the last header or footer lies: what comes before it was durable when that was written. */
function lastProof(steps: readonly SurveyStep[], kind: SegmentKind): number {
  if (kind === "compacted") return Number.POSITIVE_INFINITY;
  const last = steps.findLast(
    (step) => step.kind === "footer" || (step.kind === "records" && step.header !== undefined),
  );
  return last?.offset ?? 0;
}

function guessKind(bytes: Buffer, seed: ReturnType<typeof segmentSeed>): SegmentKind {
  const steps = surveySegment({ bytes, kind: "log", seed });
  for (const step of steps) if (step.kind === "records" && step.header !== undefined) return "log";
  return "compacted";
}

function lostFromLog(
  log: readonly ReadSegment[],
  { manifest }: SalvageSource,
  newest: Revision,
): readonly RevisionRange[] {
  const covered = log.flatMap((segment) => segment.covered);
  if (manifest === undefined) return without({ first: revision(1), last: newest }, covered);
  return log.flatMap((segment, index) => {
    const base = segment.source.listed?.baseRevision ?? NO_REVISION;
    const next = log[index + 1]?.source.listed?.baseRevision;
    const found = segment.covered.at(-1)?.last ?? base;
    // Compaction may have taken what came behind a segment that is whole; behind another nobody knows.
    const behind = next === undefined ? newest : segment.isDamaged ? next : found;
    const end = segment.footer?.lastRevision ?? Math.max(found, behind);
    return without({ first: revision(base + 1), last: revision(end) }, covered);
  });
}

function lostFromCompacted(
  compacted: readonly ReadSegment[],
  { manifest }: SalvageSource,
  newest: Revision,
): readonly RevisionRange[] {
  const last = manifest === undefined ? newest : revision(Math.max(0, manifest.feedFloor - 1));
  return compacted
    .filter(({ isDamaged, footer, recordCount }) =>
      footer === undefined ? isDamaged : footer.putCount + footer.tombstoneCount > recordCount,
    )
    .map(({ footer }) =>
      footer === undefined
        ? { first: revision(1), last }
        : { first: footer.firstRevision, last: footer.lastRevision },
    );
}
