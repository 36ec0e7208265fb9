/** Reads single records of a damaged store, each verified, wherever its segment's file lies. */

import { join } from "node:path";

import { systemErrorCode, type SegmentId } from "../base/index.js";
import type { File } from "../disk/index.js";
import type { KeydirEntry } from "../keydir/index.js";
import { decodeRecord, placeSeed, segmentSeed, type LogRecord } from "../log/index.js";
import type { ClosedStore } from "./closed-store.js";
import type { SalvageSource } from "./salvage-source.js";
import { segmentLabel } from "./segment-table.js";

/** Keys that were written together lie together, so few files serve most reads. */
const OPEN_FILES_MAX = 64;

export class SourceRecords implements AsyncDisposable {
  readonly #store: ClosedStore;
  readonly #storeId: Buffer;
  readonly #files: ReadonlyMap<SegmentId, string | undefined>;
  /** Least recently used first. */
  readonly #open = new Map<SegmentId, File>();

  constructor(store: ClosedStore, { storeId, segments }: SalvageSource) {
    this.#store = store;
    this.#storeId = storeId;
    this.#files = new Map(segments.map(({ id, file }) => [id, file]));
  }

  /** Whether it is one of the segments to rescue from. */
  knows(id: SegmentId): boolean {
    return this.#files.has(id);
  }

  fileOf(id: SegmentId): string {
    return this.#files.get(id) ?? segmentLabel(id);
  }

  /** The record that the entry names, or undefined where it is not there intact. */
  async read(key: Buffer, entry: KeydirEntry): Promise<LogRecord | undefined> {
    try {
      const file = await this.#file(entry.segment);
      if (file === undefined) return undefined;
      const bytes = Buffer.allocUnsafe(entry.length);
      const count = await file.read(bytes, entry.offset);
      const seed = placeSeed(segmentSeed(this.#storeId, entry.segment), entry.offset);
      const decoded = decodeRecord(bytes.subarray(0, count), 0, seed);
      if (decoded.kind === "bad") return undefined;
      const { record } = decoded;
      return record.revision === entry.revision && record.key.equals(key) ? record : undefined;
    } catch (error) {
      // A part of the disk that cannot be read is as lost as one that is damaged.
      if (systemErrorCode(error) === "EIO") return undefined;
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#open.values()) await file.close();
    this.#open.clear();
  }

  async #file(id: SegmentId): Promise<File | undefined> {
    const name = this.#files.get(id);
    if (name === undefined) return undefined;
    const known = this.#open.get(id);
    this.#open.delete(id);
    const file =
      known ?? (await this.#store.fileSystem.open(join(this.#store.directory, name), "read"));
    this.#open.set(id, file);
    for (const [oldest, surplus] of this.#open) {
      if (this.#open.size <= OPEN_FILES_MAX) break;
      this.#open.delete(oldest);
      await surplus.close();
    }
    return file;
  }
}
