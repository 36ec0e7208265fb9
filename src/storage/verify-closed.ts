/**
 * Verifies a store that no process has open: every byte that means something, judged as a start judges it. It
 * changes nothing, and goes on after each thing that is wrong.
 */

import { join } from "node:path";

import {
  corrupt,
  findingIn,
  NO_REVISION,
  revision,
  systemErrorCode,
  type Finding,
  type Revision,
} from "../base/index.js";
import { readWholeFile, TEMPORARY_SUFFIX } from "../disk/index.js";
import {
  MANIFEST_NAME,
  readManifest,
  segmentFileName,
  segmentSeed,
  surveySegment,
  type LogRecord,
  type Manifest,
  type ManifestSegment,
} from "../log/index.js";
import { checkpointLabel, checkpointNumberOf } from "./checkpoint-state.js";
import { withClosedStore, type ClosedStore, type ClosedStoreOptions } from "./closed-store.js";
import { checkCheckpoint, checkSnapshot } from "./file-check.js";
import { checkLoneSegment } from "./lone-segment.js";
import { readSegment, type ReadSegment } from "./segment-recovery.js";
import { segmentLabel, SEGMENTS_DIRECTORY, SegmentStats } from "./segment-table.js";
import { snapshotIdOf, SNAPSHOTS_DIRECTORY } from "./snapshot-format.js";
import { newerThanManifest, newestRevision } from "./strangers.js";
import { isSegmentName } from "./temporary-files.js";

export interface VerifyClosedOptions extends ClosedStoreOptions {
  readonly onFinding: (finding: Finding) => void;
}

export interface VerifySummary {
  readonly findingCount: number;
  readonly segments: number;
  readonly checkpoints: number;
  readonly snapshots: number;
  /** Intact records in segments. */
  readonly records: number;
  readonly sizeBytes: number;
  /** The newest that is there. */
  readonly revision: Revision;
}

/** Throws STORE_ABSENT, STORE_LOCKED, STORE_TOO_NEW, CANCELLED or what the disk says; damage is no error. */
export function verifyClosedStore(options: VerifyClosedOptions): Promise<VerifySummary> {
  return withClosedStore(options, (store) => new ClosedVerification(store, options).run());
}

/** A start stops at what cannot be read; here it is a finding, but for what has to do with who reads. */
const NOT_OF_THE_DISK: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EMFILE", "ENFILE"]);

class ClosedVerification {
  readonly #store: ClosedStore;
  readonly #options: VerifyClosedOptions;
  readonly #mark = new RevisionMark();
  #findingCount = 0;
  #segmentCount = 0;
  #checkpointCount = 0;
  #snapshotCount = 0;
  #recordCount = 0;
  /** The highest that any checkpoint calls durable, and which one does. */
  #durable = { revision: NO_REVISION, label: "" };

  constructor(store: ClosedStore, options: VerifyClosedOptions) {
    this.#store = store;
    this.#options = options;
  }

  async run(): Promise<VerifySummary> {
    const manifest = await this.#manifest();
    await this.#checkpoints(manifest);
    if (manifest === undefined) await this.#loneSegments();
    else await this.#segments(manifest);
    await this.#snapshots();
    return {
      findingCount: this.#findingCount,
      segments: this.#segmentCount,
      checkpoints: this.#checkpointCount,
      snapshots: this.#snapshotCount,
      records: this.#recordCount,
      sizeBytes: this.#store.sizeBytes,
      revision: this.#mark.revision,
    };
  }

  async #manifest(): Promise<Manifest | undefined> {
    return this.#guard(MANIFEST_NAME, async () => {
      const manifest = await readManifest(this.#store.fileSystem, this.#store.directory);
      if (manifest === undefined) {
        throw corrupt(MANIFEST_NAME, 0, "it is missing, though there are segments");
      }
      this.#mark.raise(manifest.durableRevision);
      return manifest;
    });
  }

  async #checkpoints(manifest: Manifest | undefined): Promise<void> {
    for (const name of this.#store.names.checkpoints) {
      const number = checkpointNumberOf(name);
      if (number === undefined) continue;
      const label = checkpointLabel(number);
      this.#checkpointCount++;
      const watcher = { onFinding: this.#find, spend: () => undefined };
      const checked = await this.#guard(label, () => checkCheckpoint(this.#store, number, watcher));
      if (checked?.kind === "unreadable") this.#options.onNote(label, checked.problem);
      if (checked === undefined || checked.kind === "unreadable") continue;
      const { header } = checked;
      if (header === undefined || manifest?.storeId.equals(header.storeId) !== true) continue;
      if (header.revision > this.#durable.revision) {
        this.#durable = { revision: header.revision, label };
      }
    }
    this.#mark.raise(this.#durable.revision);
  }

  /** In the order of the log. Behind a segment that is damaged, the next one says itself where it begins. */
  async #segments(manifest: Manifest): Promise<void> {
    const live = manifest.segments.filter((segment) => segment.state !== "retired");
    let logEnd: Revision | undefined = NO_REVISION;
    for (const listed of live) {
      this.#segmentCount++;
      const known: Revision = logEnd ?? listed.baseRevision;
      const read = await this.#guard(segmentLabel(listed.id), () =>
        this.#segment(manifest, listed, known),
      );
      if (listed.kind === "log") logEnd = read?.logEnd;
      for (const { lastRevision } of read?.active?.tail ?? []) this.#mark.raise(lastRevision);
      const cut = read?.active?.cut;
      if (cut !== undefined) {
        const where = `from byte ${String(cut.offset)} on`;
        this.#options.onNote(
          segmentLabel(listed.id),
          `a torn tail ${where}: it was never acknowledged, and the next start cuts it`,
        );
      }
    }
    const { revision: durable, label } = this.#durable;
    if (
      this.#findingCount === 0 &&
      logEnd !== undefined &&
      durable > Math.max(logEnd, manifest.durableRevision)
    ) {
      const problem =
        `it stands for revision ${String(durable)}, but the log ends at ${String(logEnd)}: the segments ` +
        "or the manifest are older than the checkpoint";
      this.#find({ file: label, offset: 0, problem });
    }
    await this.#strangers(manifest);
  }

  async #segment(
    manifest: Manifest,
    listed: ManifestSegment,
    logEnd: Revision,
  ): Promise<ReadSegment | undefined> {
    const name = segmentFileName(listed.id);
    const { names } = this.#store;
    // A start gives a listed segment its name, if it has only the temporary one.
    const fileName = names.segments.includes(name) ? name : name + TEMPORARY_SUFFIX;
    if (!names.segments.includes(fileName)) {
      throw corrupt(segmentLabel(listed.id), 0, "the manifest lists it, but it is missing");
    }
    const stats = new SegmentStats(listed.id, listed.kind);
    const reading = { manifest, listed, replay: this.#mark, stats, logEnd, fileName };
    try {
      const read = await readSegment(this.#store, reading);
      this.#recordCount += stats.putCount + stats.tombstoneCount;
      return read;
    } catch (error) {
      const first = findingIn(error);
      if (listed.state !== "closed" || first === undefined) throw error;
      const inside = await this.#survey(manifest, listed, fileName);
      // What a header says is not among what lies behind it.
      if (inside.length === 0 || first.offset === 0) this.#find(first);
      inside.forEach(this.#find);
      return undefined;
    }
  }

  /** Everything that is damaged between the header and the footer of a closed segment. */
  async #survey(
    manifest: Manifest,
    listed: ManifestSegment,
    fileName: string,
  ): Promise<readonly Finding[]> {
    const path = join(this.#store.directory, SEGMENTS_DIRECTORY, fileName);
    const all = await readWholeFile(this.#store.fileSystem, path, Number.MAX_SAFE_INTEGER);
    const bytes = all.subarray(0, listed.endOffset);
    const seed = segmentSeed(manifest.storeId, listed.id);
    const found: Finding[] = [];
    for (const step of surveySegment({ bytes, kind: listed.kind, seed })) {
      if (step.kind === "records") this.#recordCount += step.records.length;
      if (step.kind !== "damage") continue;
      const problem = `${step.problem}, up to byte ${String(step.endOffset)}`;
      found.push({ file: segmentLabel(listed.id), offset: step.offset, problem });
    }
    return found;
  }

  /** Without a manifest nobody knows which segments are the store, nor where those end that have no footer. */
  async #loneSegments(): Promise<void> {
    for (const name of this.#store.names.segments.filter(isSegmentName)) {
      this.#segmentCount++;
      await this.#guard(`${SEGMENTS_DIRECTORY}/${name}`, () =>
        checkLoneSegment(this.#store, name, this.#mark),
      );
    }
  }

  async #strangers(manifest: Manifest): Promise<void> {
    const listed = new Set(manifest.segments.map(({ id }) => segmentFileName(id)));
    for (const name of this.#store.names.segments) {
      if (listed.has(name) || name.endsWith(TEMPORARY_SUFFIX)) continue;
      const label = `${SEGMENTS_DIRECTORY}/${name}`;
      await this.#guard(label, async () => {
        const newest = await newestRevision(this.#store, manifest, name);
        if (newest === undefined) return;
        if (newest > this.#mark.revision)
          throw newerThanManifest(name, newest, this.#mark.revision);
        this.#options.onNote(label, "it is not of this store; the next start sets it aside");
      });
    }
  }

  async #snapshots(): Promise<void> {
    for (const name of this.#store.names.snapshots) {
      const id = snapshotIdOf(name);
      if (id === undefined) continue;
      this.#snapshotCount++;
      const watcher = { onFinding: this.#find, spend: () => undefined };
      const label = `${SNAPSHOTS_DIRECTORY}/${name}`;
      const problem = await this.#guard(label, () => checkSnapshot(this.#store, id, watcher));
      if (problem !== undefined) this.#options.onNote(label, problem);
    }
  }

  readonly #find = (finding: Finding): void => {
    this.#findingCount++;
    this.#options.onFinding(finding);
  };

  /** What is wrong with a file is a finding, and nothing else is held up by it. */
  async #guard<T>(label: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const finding = findingIn(error) ?? unreadable(label, error);
      if (finding === undefined) throw error;
      this.#find(finding);
      return undefined;
    }
  }
}

function unreadable(file: string, error: unknown): Finding | undefined {
  const code = systemErrorCode(error);
  if (code === undefined || NOT_OF_THE_DISK.has(code)) return undefined;
  return { file, offset: 0, problem: `it cannot be read (${code})` };
}

/** As much of a replay as says what was durable. */
class RevisionMark {
  revision = NO_REVISION;

  raise(to: Revision): void {
    this.revision = revision(Math.max(this.revision, to));
  }

  apply(record: LogRecord): void {
    this.raise(record.revision);
  }
}
