/** Reads the record that a keydir entry points at: from the cache, or from its segment, verified. */

import { corrupt, Slots, type KvError, type SegmentId } from "../base/index.js";
import type { Keydir, KeydirEntry } from "../keydir/index.js";
import {
  decodeRecord,
  peekValueSize,
  placeSeed,
  RECORD_HEAD_BYTES,
  segmentSeed,
  unpackValue,
  type LogRecord,
} from "../log/index.js";
import { readError, segmentLabel, type SegmentTable } from "./segment-table.js";
import type { StoredValue, ValueCache } from "./value-cache.js";

/**
 * Each read holds a buffer, and the disk gains nothing from hundreds at once: Node.js reads with four
 * threads, and some more keep them busy.
 */
const READS_MAX = 16;

/** Whether what was read goes into the value cache; not so for whoever passes by a whole range once. */
export type Reading = "keep" | "pass-by";

/** Where a record is to lie. */
export type RecordPlace = Pick<KeydirEntry, "segment" | "offset" | "length" | "revision">;

export interface RecordReaderOptions {
  readonly segments: SegmentTable;
  readonly cache: ValueCache;
  readonly storeId: Buffer;
  /** Knows which entry is the newest of its key. */
  readonly keydir: Pick<Keydir, "get">;
  /** Told of each record that could not be read or failed its checksum. */
  readonly onDamage: (id: SegmentId, error: KvError) => void;
}

export class RecordReader {
  readonly #options: RecordReaderOptions;
  readonly #slots = new Slots(READS_MAX);

  constructor(options: RecordReaderOptions) {
    this.#options = options;
  }

  /** The value if it is in memory. */
  cached(key: Buffer, entry: KeydirEntry, reading: Reading = "keep"): StoredValue | undefined {
    const { cache } = this.#options;
    return reading === "keep" ? cache.get(key, entry.revision) : cache.peek(key, entry.revision);
  }

  /** Whether the segment of the entry still has a file. */
  canReach(entry: Pick<KeydirEntry, "segment">): boolean {
    return this.#options.segments.find(entry.segment) !== undefined;
  }

  /**
   * The value, from disk if need be, then kept in the cache unless the reader passes by. Throws CORRUPT where the record is damaged.
   * The entry's record must be on disk already.
   */
  async read(key: Buffer, entry: KeydirEntry, reading: Reading = "keep"): Promise<StoredValue> {
    const cached = this.cached(key, entry, reading);
    if (cached !== undefined) return cached;
    const value = await this.#unpack(await this.readRecord(key, entry), entry);
    const { cache } = this.#options;
    // Something newer may have come, and gone from the cache, while this was read.
    if (reading === "keep" && this.#isNewest(key, entry)) {
      const { createRevision, version, deadlineMs } = entry;
      cache.put({ key, ...value, createRevision, version, deadlineMs });
    }
    return value;
  }

  #isNewest(key: Buffer, { revision, index }: KeydirEntry): boolean {
    const newest = this.#options.keydir.get(key);
    return newest?.revision === revision && newest.index === index;
  }

  /**
   * The value of an entry that may not be its key's newest any more, and so does not belong in the cache. Undefined:
   * its segment is gone.
   */
  async readPast(key: Buffer, entry: KeydirEntry): Promise<StoredValue | undefined> {
    const cached = this.cached(key, entry);
    if (cached !== undefined) return cached;
    if (!this.canReach(entry)) return undefined;
    return this.#unpack(await this.readRecord(key, entry), entry);
  }

  /** The record of whatever key that lies there, from disk, and its own value. Throws CORRUPT where it is damaged. */
  async readOf(
    place: RecordPlace,
  ): Promise<{ readonly record: LogRecord; readonly value: Buffer }> {
    const record = await this.#readPlace(place);
    return { record, value: await this.#valueOf(record, place) };
  }

  async #unpack(record: LogRecord, entry: KeydirEntry): Promise<StoredValue> {
    return toStoredValue(record, await this.#valueOf(record, entry));
  }

  async #valueOf(record: LogRecord, entry: RecordPlace): Promise<Buffer> {
    try {
      return await unpackValue(record);
    } catch (error) {
      const problem = `its ${record.codec} bytes cannot be decompressed`;
      const named = corrupt(segmentLabel(entry.segment), entry.offset, problem, error);
      this.#options.onDamage(entry.segment, named);
      throw named;
    }
  }

  /** The whole record as it is stored, from disk, past the cache. */
  readRecord(key: Buffer, entry: KeydirEntry): Promise<LogRecord> {
    return this.#readPlace(entry, key);
  }

  async #readPlace(entry: RecordPlace, key?: Buffer): Promise<LogRecord> {
    try {
      return await this.#readVerified(entry, key);
    } catch (error) {
      const named = readError(entry.segment, error);
      if (named.code === "CORRUPT") this.#options.onDamage(entry.segment, named);
      throw named;
    }
  }

  /** The size of a value that is damaged; undefined where the head of its record is, too, or cannot be read. */
  async sizeOfDamaged(entry: KeydirEntry): Promise<number | undefined> {
    const { segments, storeId } = this.#options;
    const head = Buffer.allocUnsafe(RECORD_HEAD_BYTES);
    try {
      const count = await segments.withFile(entry.segment, (file) => file.read(head, entry.offset));
      const seed = placeSeed(segmentSeed(storeId, entry.segment), entry.offset);
      return peekValueSize(head.subarray(0, count), seed);
    } catch {
      return undefined;
    }
  }

  #readVerified(entry: RecordPlace, key: Buffer | undefined): Promise<LogRecord> {
    const { segments, storeId } = this.#options;
    // The segment is kept from now on, also while the read waits for its turn.
    return segments.withFile(entry.segment, (file) =>
      this.#slots.run(async () => {
        const bytes = Buffer.allocUnsafeSlow(entry.length);
        const count = await file.read(bytes, entry.offset);
        const seed = placeSeed(segmentSeed(storeId, entry.segment), entry.offset);
        const decoded = decodeRecord(bytes.subarray(0, count), 0, seed);
        const label = segmentLabel(entry.segment);
        if (decoded.kind === "bad") throw corrupt(label, entry.offset, decoded.problem);
        const { record } = decoded;
        const isOfKey = key === undefined || record.key.equals(key);
        if (record.revision !== entry.revision || !isOfKey) {
          throw corrupt(label, entry.offset, "another record lies where this one should");
        }
        return record;
      }),
    );
  }
}

function toStoredValue(record: LogRecord, value: Buffer): StoredValue {
  return {
    revision: record.revision,
    value,
    contentType: record.contentType,
    updateTimeMs: record.commitTimeMs,
  };
}
