/**
 * Verifies the files of a store that is open, from the disk and past the cache, while it is read and written:
 * closed segments to their digest, the active one as far as it is durable, checkpoints, snapshots, and the
 * manifest. Of segments it sees as well that the keydir and the log tell the same.
 */

import { join } from "node:path";

import {
  findingIn,
  isKvError,
  systemErrorCode,
  type Clock,
  type Finding,
  type SegmentId,
} from "../base/index.js";
import type { Keydir } from "../keydir/index.js";
import {
  type LogWriter,
  MANIFEST_NAME,
  readManifest,
  RecordType,
  SegmentScanner,
  segmentSeed,
  type ManifestFile,
  type ScannedRecord,
} from "../log/index.js";
import { checkpointNumberOf, CHECKPOINTS_DIRECTORY } from "./checkpoint-state.js";
import { checkCheckpoint, checkSnapshot, type CheckWatcher } from "./file-check.js";
import { checkHeader } from "./segment-identity.js";
import { segmentLabel, type SegmentStats, type SegmentTable } from "./segment-table.js";
import { snapshotIdOf, SNAPSHOTS_DIRECTORY } from "./snapshot-format.js";
import type { StorageOptions } from "./storage-options.js";

/** A minute in all, until a descriptor is free to read with. */
const OPEN_ATTEMPTS_MAX = 600;
const OPEN_RETRY_DELAY_MS = 100;

export interface StoreFilesParts {
  readonly options: Pick<StorageOptions, "fileSystem" | "directory"> & { readonly clock: Clock };
  readonly manifest: ManifestFile;
  readonly segments: SegmentTable;
  readonly keydir: Keydir;
  readonly log: LogWriter;
}

/** A file that is verified as a whole. */
export interface StoreFile {
  /** Relative to the data directory. */
  readonly label: string;
  readonly sizeBytes: number;
}

export class StoreFiles {
  readonly #parts: StoreFilesParts;

  constructor(parts: StoreFilesParts) {
    this.#parts = parts;
  }

  /** Those that there are now, in the order of their labels. */
  async list(): Promise<readonly StoreFile[]> {
    const { segments } = this.#parts;
    const files: StoreFile[] = [{ label: MANIFEST_NAME, sizeBytes: 0 }];
    for (const { id, endOffset } of segments.list()) {
      files.push({ label: segmentLabel(id), sizeBytes: this.#durableEnd(id) ?? endOffset });
    }
    for (const [folder, isOurs] of [
      [CHECKPOINTS_DIRECTORY, (name: string) => checkpointNumberOf(name) !== undefined],
      [SNAPSHOTS_DIRECTORY, (name: string) => snapshotIdOf(name) !== undefined],
    ] as const) {
      for (const name of await this.#parts.options.fileSystem.list(
        join(this.#parts.options.directory, folder),
      )) {
        const label = `${folder}/${name}`;
        if (isOurs(name)) files.push({ label, sizeBytes: await this.#sizeOf(label) });
      }
    }
    return files.sort((left, right) => (left.label < right.label ? -1 : 1));
  }

  /** One that is gone by now is no finding. Throws what `watcher.spend` throws. */
  async check(label: string, watcher: CheckWatcher): Promise<void> {
    try {
      await this.#patiently(() => this.#checkNow(label, watcher));
    } catch (error) {
      const code = systemErrorCode(error);
      const finding = findingIn(error) ?? unreadable(label, error);
      if (finding === undefined) throw error;
      // A snapshot may be deleted, and a checkpoint replaced, at any time.
      if (code !== "ENOENT") watcher.onFinding(finding);
    }
  }

  async #checkNow(label: string, watcher: CheckWatcher): Promise<void> {
    const { options, segments } = this.#parts;
    const [folder, name = ""] = label.split("/");
    if (label === MANIFEST_NAME) {
      await this.#checkManifest(watcher);
    } else if (folder === CHECKPOINTS_DIRECTORY) {
      const number = checkpointNumberOf(name);
      if (number !== undefined) await checkCheckpoint(options, number, watcher);
    } else if (folder === SNAPSHOTS_DIRECTORY) {
      const id = snapshotIdOf(name);
      if (id !== undefined) await checkSnapshot(options, id, watcher);
    } else {
      const stats = segments.list().find(({ id }) => segmentLabel(id) === label);
      if (stats !== undefined) await this.#checkSegment(stats, watcher);
    }
  }

  async #checkManifest({ onFinding }: CheckWatcher): Promise<void> {
    const { options, manifest } = this.#parts;
    const { generation: before } = manifest.current;
    const onDisk = await readManifest(options.fileSystem, options.directory);
    const { generation: after, storeId } = manifest.current;
    const isInForce =
      onDisk?.storeId.equals(storeId) === true &&
      onDisk.generation >= before &&
      // One that is being swapped in is not in force yet.
      onDisk.generation <= after + 1;
    if (isInForce) return;
    const problem = onDisk === undefined ? "it is missing" : "it is not the one that is in force";
    onFinding({ file: MANIFEST_NAME, offset: 0, problem });
  }

  #checkSegment(stats: SegmentStats, watcher: CheckWatcher): Promise<void> {
    const { segments, manifest } = this.#parts;
    const label = segmentLabel(stats.id);
    const { storeId } = manifest.current;
    const isActive = this.#durableEnd(stats.id) !== undefined;
    // What is written behind this while it is read may be half written.
    const endOffset = this.#durableEnd(stats.id) ?? stats.endOffset;
    const liveBefore = stats.isPointedAt && !isActive ? stats.livePutCount : undefined;
    return segments.withFile(stats.id, async (file) => {
      await checkHeader(file, stats, manifest.current);
      const seed = segmentSeed(storeId, stats.id);
      const { kind } = stats;
      const scanner = new SegmentScanner({ file, kind, seed, endOffset, steps: "parts" });
      let named = 0;
      for (;;) {
        const step = await scanner.next();
        if (step.kind === "bad") {
          watcher.onFinding({ file: label, offset: step.offset, problem: step.problem });
          return;
        }
        if (step.kind !== "records") {
          const isWhole = step.kind === "footer" || step.offset === endOffset;
          if (!isWhole) {
            watcher.onFinding({ file: label, offset: step.offset, problem: "it ends too early" });
          } else if (liveBefore !== undefined && stats.isPointedAt) {
            this.#compareCounts(stats, { named, liveBefore }, watcher);
          }
          return;
        }
        for (const scanned of step.records) {
          const problem = this.#contradiction(stats.id, scanned);
          if (problem !== undefined) {
            watcher.onFinding({ file: label, offset: scanned.offset, problem });
          } else if (this.#isNamed(stats.id, scanned)) {
            named++;
          }
        }
        const pause = watcher.spend(step.endOffset - step.offset);
        if (pause !== undefined) await pause;
      }
    });
  }

  /** Fewer of a closed segment's records are live as time goes by, and never more. */
  #compareCounts(
    stats: SegmentStats,
    { named, liveBefore }: { readonly named: number; readonly liveBefore: number },
    { onFinding }: CheckWatcher,
  ): void {
    if (named <= liveBefore && named >= stats.livePutCount) return;
    const problem =
      `the directory of keys names ${String(stats.livePutCount)} records in it, ` +
      `and ${String(named)} of those are there`;
    onFinding({ file: segmentLabel(stats.id), offset: 0, problem });
  }

  #isNamed(id: SegmentId, { record, offset }: ScannedRecord): boolean {
    const entry = this.#parts.keydir.find(record.key, record.revision, record.index);
    return entry?.segment === id && entry.offset === offset && !entry.isTombstone;
  }

  /** How the directory of keys contradicts the record, if it does. It knows of every record before it is written. */
  #contradiction(id: SegmentId, { record, offset }: ScannedRecord): string | undefined {
    if (record.type === RecordType.REPLY) return undefined;
    const { keydir } = this.#parts;
    const newest = keydir.get(record.key);
    if (newest === undefined) return undefined;
    if (newest.revision < record.revision) {
      return (
        `the log has revision ${String(record.revision)} of a key of which the directory of keys ` +
        `knows revision ${String(newest.revision)}`
      );
    }
    const isSame = newest.revision === record.revision && newest.index === record.index;
    if (!isSame || newest.segment !== id || newest.offset === offset) return undefined;
    return `the directory of keys names byte ${String(newest.offset)} for the record that lies here`;
  }

  /** Of the active segment, where what is durable ends. */
  #durableEnd(id: SegmentId): number | undefined {
    const { active } = this.#parts.log;
    return active.id === id ? active.writtenEnd : undefined;
  }

  async #sizeOf(label: string): Promise<number> {
    const { fileSystem, directory } = this.#parts.options;
    try {
      const file = await fileSystem.open(join(directory, label), "read");
      try {
        return await file.sizeBytes();
      } finally {
        await file.close();
      }
    } catch {
      return 0;
    }
  }

  /** Want of descriptors passes. */
  async #patiently(work: () => Promise<void>): Promise<void> {
    const { clock } = this.#parts.options;
    for (let attempt = 1; ; attempt++) {
      try {
        await work();
        return;
      } catch (error) {
        if (!isWantOfDescriptors(error) || attempt === OPEN_ATTEMPTS_MAX) throw error;
        await new Promise<void>((resolve) => clock.after(OPEN_RETRY_DELAY_MS, resolve));
      }
    }
  }
}

function isWantOfDescriptors(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === "EMFILE" || code === "ENFILE" || isKvError(error, "OVERLOADED");
}

/** What it is where it is no damage that a checksum shows. A running store has no file of a later format. */
function unreadable(file: string, error: unknown): Finding | undefined {
  if (isKvError(error, "STORE_TOO_NEW")) return { file, offset: 0, problem: error.message };
  const code = systemErrorCode(error);
  return code === undefined
    ? undefined
    : { file, offset: 0, problem: `it cannot be read (${code})` };
}
