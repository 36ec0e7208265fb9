/** The snapshots of a store: one file each in its `snapshots` directory. */

import { join } from "node:path";

import {
  isKvError,
  KvError,
  NO_DEADLINE,
  systemErrorCode,
  type KeyOrderName,
  type Logger,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import type { KeydirEntry } from "../keydir/index.js";
import { Pace } from "./pace.js";
import type { RecordReader } from "./record-reader.js";
import { readSnapshotSummary, writeSnapshotFile, type SnapshotSummary } from "./snapshot-file.js";
import {
  SNAPSHOT_ID_BYTES,
  snapshotFileName,
  snapshotIdOf,
  SNAPSHOTS_DIRECTORY,
} from "./snapshot-format.js";
import type { StorageOptions } from "./storage-options.js";
import type { View } from "./view.js";

/** Due keys that are passed over in one go: a fraction of a millisecond. */
const PASSED_AT_ONCE_MAX = 64;

/** Each is a file as large as the store: who asks for more has lost count. */
const SNAPSHOTS_WAITING_MAX = 4;

export interface Snapshot {
  readonly snapshotId: string;
  readonly revision: Revision;
  readonly keyCount: number;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
  readonly createTimeMs: TimeMs;
}

export interface SnapshotsOptions extends StorageOptions {
  /** That of the store, like its id. */
  readonly mayBeCompressed: boolean;
  readonly storeId: Buffer;
  /** That of the store. */
  readonly keyOrder: KeyOrderName;
  readonly reader: RecordReader;
  /** See `PaceOptions`. */
  readonly writersWait: () => Promise<void> | undefined;
}

export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  /** Snapshots asked for and not done. */
  #waitingCount = 0;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#fileSystem = options.fileSystem;
    this.#directory = join(options.directory, SNAPSHOTS_DIRECTORY);
    this.#logger = options.logger;
  }

  /**
   * Writes a snapshot of the view that `pin` gives when its turn has come; keys that are due by then are
   * left out. One at a time. Throws NO_SPACE, CORRUPT or DRAINING, and leaves nothing behind.
   */
  create(pin: () => Promise<View>, logicalTimeMs: () => TimeMs): Promise<Snapshot> {
    if (this.#waitingCount >= SNAPSHOTS_WAITING_MAX) {
      const many = String(SNAPSHOTS_WAITING_MAX);
      const message = `${many} snapshots are under way: wait for one of them before another is made`;
      return Promise.reject(new KvError("OVERLOADED", message, { retryAfterMs: 1000 }));
    }
    this.#waitingCount++;
    const created = this.#last.then(() => this.#createNow(pin, logicalTimeMs()));
    this.#last = created
      .catch(() => undefined)
      .finally(() => {
        this.#waitingCount--;
      });
    return created;
  }

  /** Those that can be read, oldest first. Throws OVERLOADED where no descriptor is left to read them with. */
  async list(): Promise<Snapshot[]> {
    const found: Snapshot[] = [];
    // One after the other: there may be more of them than descriptors.
    for (const name of await this.#fileSystem.list(this.#directory)) {
      const id = snapshotIdOf(name);
      const snapshot = id === undefined ? undefined : await this.#describe(id);
      if (snapshot !== undefined) found.push(snapshot);
    }
    return found.sort((left, right) => left.createTimeMs - right.createTimeMs);
  }

  /** False: there is no such snapshot. */
  async delete(snapshotId: string): Promise<boolean> {
    const name = snapshotFileName(snapshotId);
    if (snapshotIdOf(name) === undefined) return false;
    try {
      await this.#fileSystem.unlink(join(this.#directory, name));
    } catch (error) {
      if (systemErrorCode(error) === "ENOENT") return false;
      throw error;
    }
    await this.#fileSystem.syncDirectory(this.#directory);
    return true;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#last;
  }

  async #createNow(pin: () => Promise<View>, logicalTimeMs: TimeMs): Promise<Snapshot> {
    using view = await pin();
    const { clock, randomBytes, mayBeCompressed, storeId, keyOrder, reader, writersWait } =
      this.#options;
    const { compactionBytesPerSecond: bytesPerSecond } = this.#options;
    const id = randomBytes(SNAPSHOT_ID_BYTES);
    const snapshotId = id.toString("hex");
    const createTimeMs = clock.wallMs();
    const header = {
      mayBeCompressed,
      storeId,
      keyOrder,
      snapshotId: id,
      revision: view.revision,
      createTimeMs,
    };
    const entries = entriesAlive(view, logicalTimeMs);
    const readRecord = reader.readRecord.bind(reader);
    const { signal } = this.#stopping;
    const pace = new Pace({ clock, bytesPerSecond, signal, writersWait });
    const path = join(this.#directory, snapshotFileName(snapshotId));
    try {
      const source = { header, logicalTimeMs, entries, readRecord };
      const written = await writeSnapshotFile(this.#fileSystem, path, source, pace);
      return { snapshotId, revision: view.revision, createTimeMs, ...written };
    } catch (error) {
      throw snapshotError(error);
    }
  }

  async #describe(snapshotId: string): Promise<Snapshot | undefined> {
    const name = snapshotFileName(snapshotId);
    const label = `${SNAPSHOTS_DIRECTORY}/${name}`;
    try {
      const path = join(this.#directory, name);
      return describe(await readSnapshotSummary(this.#fileSystem, path, label));
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === "EMFILE" || code === "ENFILE") {
        const message = "no file descriptor is left to read the snapshots with";
        throw new KvError("OVERLOADED", message, { cause: error, retryAfterMs: 100 });
      }
      // It was deleted since the directory was listed.
      if (code === "ENOENT") return undefined;
      // One bad file must not hide the others; whoever restores from it is told what is wrong.
      this.#logger.warn({ file: label, error: String(error) }, "a snapshot cannot be read");
      return undefined;
    }
  }
}

/** Gives way, as undefined, after so many that are due: a million of them may lie side by side. */
function* entriesAlive(
  view: View,
  nowMs: TimeMs,
): IterableIterator<[Buffer, KeydirEntry] | undefined> {
  let passed = 0;
  for (const [key, entry] of view.walk({ isDescending: false })) {
    if (entry.deadlineMs === NO_DEADLINE || entry.deadlineMs > nowMs) yield [key, entry];
    else if (++passed % PASSED_AT_ONCE_MAX === 0) yield undefined;
  }
}

function describe({ header, footer, sizeBytes }: SnapshotSummary): Snapshot {
  return {
    snapshotId: header.snapshotId.toString("hex"),
    revision: header.revision,
    keyCount: footer.keyCount,
    sizeBytes,
    sha256: footer.sha256,
    createTimeMs: header.createTimeMs,
  };
}

function snapshotError(error: unknown): unknown {
  const code = systemErrorCode(error);
  if (isKvError(error) || (code !== "ENOSPC" && code !== "EDQUOT")) return error;
  return new KvError("NO_SPACE", "the disk has no room for a snapshot", {
    cause: error,
    retryAfterMs: 1000,
  });
}
