/** Reads the record that a keydir entry points at: from the cache, or from its segment, verified. */

import { corrupt, Slots, type ChecksumSeed, type KvError, type SegmentId } from "../base/index.js";
import { SMALL_READ_BYTES_MAX } from "../disk/index.js";
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
 * Each read holds a buffer, and the disk gains nothing from hundreds of large ones at once: Node.js reads with four
 * threads, and some more keep them busy.
 */
const LARGE_READS_MAX = 16;

/** Small ones share trips to the disk, the more of them the better; their buffers take no more than those of the large. */
const SMALL_READS_MAX = 1024;

/** Far more than a store has. */
const SEEDS_MAX = 100_000;

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
  readonly #largeReads = new Slots(LARGE_READS_MAX);
  readonly #smallReads = new Slots(SMALL_READS_MAX);
  /** Of segments that were read from: to make one takes longer than to check the record's head. */
  readonly #seeds = new Map<SegmentId, ChecksumSeed>();

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
    const record = await this.readRecord(key, entry);
    // Most are not compressed, and each wait costs.
    const own = record.codec === "none" ? record.value : await this.#valueOf(record, entry);
    const value = toStoredValue(record, own);
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

  async #readPlace(place: RecordPlace, key?: Buffer): Promise<LogRecord> {
    const { segments } = this.#options;
    // The segment is kept from now on, also while the read waits for its turn.
    const held = segments.hold(place.segment);
    const isSmall = place.length <= SMALL_READ_BYTES_MAX;
    const slots = isSmall ? this.#smallReads : this.#largeReads;
    const turn = slots.take();
    try {
      if (turn !== undefined) await turn;
      const file = held.opened ?? (await held.file);
      // Whoever has a small one has the few others that share its memory; nobody has it for long.
      const bytes = isSmall
        ? Buffer.allocUnsafe(place.length)
        : Buffer.allocUnsafeSlow(place.length);
      const count = await file.read(bytes, place.offset);
      return this.#verified(count < place.length ? bytes.subarray(0, count) : bytes, place, key);
    } catch (error) {
      const named = readError(place.segment, error);
      if (named.code === "CORRUPT") this.#options.onDamage(place.segment, named);
      throw named;
    } finally {
      slots.giveBack();
      segments.letGo(held);
    }
  }

  #verified(bytes: Buffer, place: RecordPlace, key: Buffer | undefined): LogRecord {
    const seed = placeSeed(this.#seedOf(place.segment), place.offset);
    const decoded = decodeRecord(bytes, 0, seed);
    if (decoded.kind === "bad") throw corruptAt(place, decoded.problem);
    const { record } = decoded;
    if (record.revision !== place.revision || (key !== undefined && !record.key.equals(key))) {
      throw corruptAt(place, "another record lies where this one should");
    }
    return record;
  }

  #seedOf(id: SegmentId): ChecksumSeed {
    const known = this.#seeds.get(id);
    if (known !== undefined) return known;
    if (this.#seeds.size >= SEEDS_MAX) this.#seeds.clear();
    const seed = segmentSeed(this.#options.storeId, id);
    this.#seeds.set(id, seed);
    return seed;
  }

  /** The size of a value that is damaged; undefined where the head of its record is, too, or cannot be read. */
  async sizeOfDamaged(entry: KeydirEntry): Promise<number | undefined> {
    const { segments } = this.#options;
    const head = Buffer.allocUnsafe(RECORD_HEAD_BYTES);
    try {
      const count = await segments.withFile(entry.segment, (file) => file.read(head, entry.offset));
      const seed = placeSeed(this.#seedOf(entry.segment), entry.offset);
      return peekValueSize(head.subarray(0, count), seed);
    } catch {
      return undefined;
    }
  }
}

function corruptAt({ segment, offset }: RecordPlace, problem: string): KvError {
  return corrupt(segmentLabel(segment), offset, problem);
}

function toStoredValue(record: LogRecord, value: Buffer): StoredValue {
  return {
    revision: record.revision,
    value,
    contentType: record.contentType,
    updateTimeMs: record.commitTimeMs,
  };
}
