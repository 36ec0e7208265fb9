/**
 * Writes a new store from records that are known to be right. The manifest is written last: before it is there,
 * the directory is no store, and work that was cut can be begun again in an empty one.
 */

import { randomBytes } from "node:crypto";
import { join } from "node:path";

import {
  KvError,
  MIB,
  NO_REVISION,
  revision,
  segmentId,
  type Clock,
  type KeyOrderName,
  type Revision,
  type TimeMs,
} from "../base/index.js";
import { TEMPORARY_SUFFIX, type FileSystem } from "../disk/index.js";
import {
  MANIFEST_NAME,
  ManifestFile,
  publishSegment,
  STORE_ID_BYTES,
  FORMAT_VERSION,
  type LogRecord,
  type ManifestSegment,
} from "../log/index.js";
import { CompactedSegment } from "./compacted-segment.js";
import { LOCK_NAME, lockDirectory } from "./directory-lock.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import { SNAPSHOTS_DIRECTORY } from "./snapshot-format.js";

const SEGMENT_BYTES = 64 * MIB;

export interface NewStorePlace {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  /** Where the new store shall be: a directory that is empty or not there yet. */
  readonly directory: string;
  /** About how large a segment grows, in bytes. Default: 64 MiB. */
  readonly segmentBytes?: number | undefined;
}

/** What the new store says of itself. */
export interface NewStoreFacts {
  readonly mayBeCompressed: boolean;
  readonly keyOrder: KeyOrderName;
  /** Goes on from here; no record has a higher one. */
  readonly revision: Revision;
  readonly logicalTimeMs: TimeMs;
}

/**
 * Has `fill` add records to a new store. Returns what `fill` returns, and the history id. Throws STORE_EXISTS,
 * STORE_LOCKED, what `fill` throws or what the disk says; then nothing is left that looks like a store.
 */
export async function makeStore<T>(
  place: NewStorePlace,
  fill: (store: NewStore) => Promise<{ readonly facts: NewStoreFacts; readonly result: T }>,
): Promise<{ readonly result: T; readonly historyId: string }> {
  const { fileSystem, directory } = place;
  const lock = await lockDirectory(fileSystem, directory);
  try {
    const names = await strangersIn(fileSystem, directory);
    if (names.length > 0) {
      throw new KvError(
        "STORE_EXISTS",
        `${directory} is not empty (${names.slice(0, 3).join(", ")}): name a new directory`,
      );
    }
    const store = await NewStore.begin(place);
    try {
      const { facts, result } = await fill(store);
      return { result, historyId: await store.finish(facts) };
    } catch (error) {
      await store.discard();
      throw error;
    }
  } finally {
    await lock.release();
  }
}

/** What is in the directory beside what an attempt that failed leaves there. */
async function strangersIn(fileSystem: FileSystem, directory: string): Promise<string[]> {
  const strangers: string[] = [];
  for (const name of await fileSystem.list(directory)) {
    const isFolder = name === SEGMENTS_DIRECTORY || name === SNAPSHOTS_DIRECTORY;
    const isOurs = isFolder && (await fileSystem.list(join(directory, name))).length === 0;
    if (name !== LOCK_NAME && !isOurs) strangers.push(name);
  }
  return strangers;
}

/** A store while it is made. */
export class NewStore {
  readonly #place: NewStorePlace;
  readonly #segmentsDirectory: string;
  readonly #storeId = randomBytes(STORE_ID_BYTES);
  readonly #outputs: CompactedSegment[] = [];

  private constructor(place: NewStorePlace) {
    this.#place = place;
    this.#segmentsDirectory = join(place.directory, SEGMENTS_DIRECTORY);
  }

  static async begin(place: NewStorePlace): Promise<NewStore> {
    const { fileSystem, directory } = place;
    const store = new NewStore(place);
    await fileSystem.makeDirectory(store.#segmentsDirectory);
    await fileSystem.makeDirectory(join(directory, SNAPSHOTS_DIRECTORY));
    await fileSystem.syncDirectory(directory);
    return store;
  }

  /** Adds the newest record of a key, once a key, in any order. `durable` is the revision of the store. */
  async add(record: LogRecord, durable: Revision): Promise<void> {
    const { fileSystem, clock, segmentBytes = SEGMENT_BYTES } = this.#place;
    let output = this.#outputs.at(-1);
    if (output === undefined || output.sizeBytes > segmentBytes) {
      // At once, not with all others: each that is open costs a descriptor and a buffer.
      await output?.finish(durable);
      output = await CompactedSegment.create({
        fileSystem,
        directory: this.#segmentsDirectory,
        storeId: this.#storeId,
        id: segmentId(this.#outputs.length + 1),
        createTimeMs: clock.wallMs(),
      });
      this.#outputs.push(output);
    }
    await output.add(record);
  }

  /** Makes it a store; returns its history id. */
  async finish({ mayBeCompressed, keyOrder, ...facts }: NewStoreFacts): Promise<string> {
    const { fileSystem, clock, directory } = this.#place;
    await this.#outputs.at(-1)?.finish(facts.revision);
    await fileSystem.syncDirectory(this.#segmentsDirectory);
    const historyId = randomBytes(STORE_ID_BYTES).toString("hex");
    const manifest = new ManifestFile(fileSystem, directory, {
      formatVersion: FORMAT_VERSION,
      mayBeCompressed,
      storeId: this.#storeId,
      historyId,
      keyOrder,
      createTimeMs: clock.wallMs(),
      generation: 0,
      nextSegmentId: segmentId(this.#outputs.length + 1),
      feedFloor: revision(facts.revision + 1),
      durableRevision: facts.revision,
      commitTimeMs: facts.logicalTimeMs,
      // It is the logical time already; commits that a wrong clock stamped later do not count again.
      timeMarkRevision: facts.revision,
      // It has the newest versions only; a store that keeps more begins when it is opened.
      historyVersions: 1,
      historySince: NO_REVISION,
      segments: this.#outputs.map(listNew),
    });
    await manifest.swap((current) => current);
    for (const output of this.#outputs) {
      await publishSegment(fileSystem, this.#segmentsDirectory, output.stats.id);
    }
    return historyId;
  }

  /** Removes what was written. Once the manifest names the segments they are a store, whatever failed after. */
  async discard(): Promise<void> {
    const { fileSystem, directory } = this.#place;
    if (await mayBeStore(fileSystem, directory)) return;
    for (const output of this.#outputs) await output.discard();
    const aside = join(directory, MANIFEST_NAME + TEMPORARY_SUFFIX);
    await fileSystem.unlink(aside).catch(() => undefined);
  }
}

/** Whether there is a manifest; also where nobody can tell. */
async function mayBeStore(fileSystem: FileSystem, directory: string): Promise<boolean> {
  try {
    return await fileSystem.exists(join(directory, MANIFEST_NAME));
  } catch {
    return true;
  }
}

function listNew({ stats }: CompactedSegment): ManifestSegment {
  return {
    id: stats.id,
    kind: "compacted",
    state: "closed",
    endOffset: stats.endOffset,
    baseRevision: NO_REVISION,
    isSealed: true,
  };
}
