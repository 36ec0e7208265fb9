/** Writes snapshot files from a pinned view, and reads them back, verified to the last byte. */

import { createHash } from "node:crypto";

import { assert, corrupt, keyOrderOf, KvError, MIB, type TimeMs } from "../base/index.js";
import { writeAside, type File, type FileSystem } from "../disk/index.js";
import type { KeydirEntry } from "../keydir/index.js";
import {
  decodeRecord,
  encodeRecord,
  peekRecordLength,
  placeSeed,
  recordLength,
  wholeRecordsEnd,
  type LogRecord,
} from "../log/index.js";
import type { Pace } from "./pace.js";
import {
  decodeSnapshotFooter,
  decodeSnapshotHeader,
  encodeSnapshotFooterHead,
  encodeSnapshotHeader,
  SHA256_BYTES,
  SNAPSHOT_FOOTER_BYTES,
  SNAPSHOT_FORMAT_VERSION,
  SNAPSHOT_HEADER_BYTES,
  snapshotSeed,
  type SnapshotFooter,
  type SnapshotHeader,
} from "./snapshot-format.js";

/** How much is written or read at once. */
const CHUNK_BYTES = 512 * 1024;

/** Node.js reads with four threads: one stays free for commits. */
const READS_AHEAD_MAX = 3;

/** Memory for what was read ahead, beside one record more. */
const READ_AHEAD_BYTES_MAX = 2 * MIB;

/** No record is longer: values are far below. Bounds what a damaged length makes us allocate. */
const RECORD_BYTES_MAX = 128 * MIB;

export interface SnapshotSource {
  readonly header: SnapshotHeader;
  readonly logicalTimeMs: TimeMs;
  /** In key order; undefined where some were passed over, for whoever waits to have a turn. */
  readonly entries: Iterable<[Buffer, KeydirEntry] | undefined>;
  readonly readRecord: (key: Buffer, entry: KeydirEntry) => Promise<LogRecord>;
}

export interface WrittenSnapshot {
  readonly keyCount: number;
  readonly sizeBytes: number;
  readonly sha256: Buffer;
}

/** Writes the file aside, syncs it, and gives it its name. A failure leaves nothing behind. */
export function writeSnapshotFile(
  fileSystem: FileSystem,
  path: string,
  source: SnapshotSource,
  pace: Pace,
): Promise<WrittenSnapshot> {
  return writeAside(fileSystem, path, (file) => writeAll(file, source, pace));
}

async function writeAll(file: File, source: SnapshotSource, pace: Pace): Promise<WrittenSnapshot> {
  const sha256 = createHash("sha256");
  const seed = snapshotSeed(source.header.snapshotId);
  let offset = 0;
  const append = async (bytes: Buffer): Promise<void> => {
    await file.write(bytes, offset);
    sha256.update(bytes);
    offset += bytes.length;
  };
  await append(encodeSnapshotHeader(source.header));
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let buffered = 0;
  let keyCount = 0;
  const reads = new ReadsAhead(source);
  for (let read = reads.next(); read !== undefined; read = reads.next()) {
    const found = await read;
    if (found === undefined) {
      await pace.spend(0);
      continue;
    }
    // Nobody makes a call again of which only a snapshot is left.
    const record = found.call === undefined ? found : { ...found, call: undefined };
    const length = recordLength(record);
    if (buffered + length > buffer.length) {
      await append(buffer.subarray(0, buffered));
      buffered = 0;
      if (length > buffer.length) buffer = Buffer.allocUnsafe(length);
    }
    buffered = encodeRecord(record, buffer, buffered, placeSeed(seed, offset + buffered));
    keyCount++;
    const pause = pace.spend(length);
    if (pause !== undefined) await pause;
  }
  await append(buffer.subarray(0, buffered));
  const { logicalTimeMs } = source;
  const dataBytes = offset - SNAPSHOT_HEADER_BYTES;
  await append(encodeSnapshotFooterHead({ keyCount, dataBytes, logicalTimeMs }));
  const digest = sha256.digest();
  await file.write(digest, offset);
  return { keyCount, sizeBytes: offset + digest.length, sha256: digest };
}

/** Begins to read records before it is their turn: the keys are in order, but the records lie anywhere. */
class ReadsAhead {
  readonly #source: SnapshotSource;
  readonly #entries: Iterator<[Buffer, KeydirEntry] | undefined>;
  readonly #reads: { readonly record: Promise<LogRecord | undefined>; readonly bytes: number }[] =
    [];
  #bytes = 0;

  constructor(source: SnapshotSource) {
    this.#source = source;
    this.#entries = source.entries[Symbol.iterator]();
  }

  /** The next record, or undefined where some were passed over; no promise after the last one. */
  next(): Promise<LogRecord | undefined> | undefined {
    while (this.#reads.length < READS_AHEAD_MAX && this.#bytes < READ_AHEAD_BYTES_MAX) {
      const step = this.#entries.next();
      if (step.done === true) break;
      if (step.value === undefined) {
        this.#reads.push({ record: Promise.resolve(undefined), bytes: 0 });
        continue;
      }
      const [key, entry] = step.value;
      const record = this.#source.readRecord(key, entry);
      // Whoever waits for it is told, if it comes to that; an earlier one may end everything before.
      record.catch(() => undefined);
      this.#reads.push({ record, bytes: entry.length });
      this.#bytes += entry.length;
    }
    const read = this.#reads.shift();
    this.#bytes -= read?.bytes ?? 0;
    return read?.record;
  }
}

export interface SnapshotSummary {
  readonly header: SnapshotHeader;
  readonly footer: SnapshotFooter;
  readonly sizeBytes: number;
}

/** What a snapshot says of itself, without reading it whole. Throws CORRUPT or STORE_TOO_NEW. */
export async function readSnapshotSummary(
  fileSystem: FileSystem,
  path: string,
  label: string,
): Promise<SnapshotSummary> {
  const file = await fileSystem.open(path, "read");
  try {
    return await readSummary(file, label);
  } finally {
    await file.close();
  }
}

async function readSummary(file: File, label: string): Promise<SnapshotSummary> {
  const sizeBytes = await file.sizeBytes();
  const head = Buffer.alloc(SNAPSHOT_HEADER_BYTES);
  const headBytes = await file.read(head, 0);
  const decoded = decodeSnapshotHeader(head.subarray(0, headBytes));
  if (decoded.kind === "bad") throw corrupt(label, 0, decoded.problem);
  if (decoded.kind === "newer") {
    throw new KvError(
      "STORE_TOO_NEW",
      `${label} has format ${String(decoded.formatVersion)}, this program knows formats up to ` +
        String(SNAPSHOT_FORMAT_VERSION),
    );
  }
  if (decoded.kind === "unknown-order") {
    throw new KvError(
      "STORE_TOO_NEW",
      `${label} is in the order of keys number ${String(decoded.keyOrder)}, which this program ` +
        "does not know: use the KeyValueDB that wrote it, or a later one",
    );
  }
  const footerOffset = sizeBytes - SNAPSHOT_FOOTER_BYTES;
  const tail = Buffer.alloc(SNAPSHOT_FOOTER_BYTES);
  const tailBytes = footerOffset < 0 ? 0 : await file.read(tail, footerOffset);
  const footer = decodeSnapshotFooter(tail.subarray(0, tailBytes));
  if (footer === undefined || SNAPSHOT_HEADER_BYTES + footer.dataBytes !== footerOffset) {
    throw corrupt(label, Math.max(0, footerOffset), "it has no footer: it is cut off or damaged");
  }
  return { header: decoded.header, footer, sizeBytes };
}

/**
 * Reads a snapshot from beginning to end and hands over each record. Throws CORRUPT at the first thing
 * that is wrong, naming the file by its label; only when it returns was everything right.
 */
export async function readSnapshotFile(
  fileSystem: FileSystem,
  path: string,
  use: (record: LogRecord, header: SnapshotHeader) => Promise<void>,
  label = path,
): Promise<SnapshotSummary> {
  const file = await fileSystem.open(path, "read");
  try {
    const summary = await readSummary(file, label);
    await readRecords(file, label, summary, use);
    return summary;
  } finally {
    await file.close();
  }
}

async function readRecords(
  file: File,
  label: string,
  { header, footer, sizeBytes }: SnapshotSummary,
  use: (record: LogRecord, header: SnapshotHeader) => Promise<void>,
): Promise<void> {
  const sha256 = createHash("sha256");
  const seed = snapshotSeed(header.snapshotId);
  const dataEnd = SNAPSHOT_HEADER_BYTES + footer.dataBytes;
  sha256.update(await readExactly(file, 0, SNAPSHOT_HEADER_BYTES));
  let keyCount = 0;
  const order = keyOrderOf(header.keyOrder);
  let previousName: Buffer | undefined;
  for (let offset = SNAPSHOT_HEADER_BYTES; offset < dataEnd;) {
    const bytes = await readWholeRecords(file, label, offset, dataEnd);
    for (let position = 0; position < bytes.length;) {
      const decoded = decodeRecord(bytes, position, placeSeed(seed, offset + position));
      if (decoded.kind === "bad") throw corrupt(label, offset + position, decoded.problem);
      const name = order.nameOf(decoded.record.key);
      if (previousName !== undefined && previousName.compare(name) >= 0) {
        throw corrupt(label, offset + position, "its keys are out of order");
      }
      previousName = Buffer.from(name);
      await use(decoded.record, header);
      keyCount++;
      position += decoded.length;
    }
    sha256.update(bytes);
    offset += bytes.length;
  }
  if (keyCount !== footer.keyCount) {
    throw corrupt(label, dataEnd, `it has ${String(keyCount)} keys of ${String(footer.keyCount)}`);
  }
  const footerHead = await readExactly(file, dataEnd, sizeBytes - dataEnd - SHA256_BYTES);
  if (!sha256.update(footerHead).digest().equals(footer.sha256)) {
    throw corrupt(label, sizeBytes - SHA256_BYTES, "its SHA-256 does not match");
  }
}

/** A chunk from `offset` on that ends with a record's end; longer where one record is. */
async function readWholeRecords(
  file: File,
  label: string,
  offset: number,
  dataEnd: number,
): Promise<Buffer> {
  const bytes = await readExactly(file, offset, Math.min(CHUNK_BYTES, dataEnd - offset));
  const end = wholeRecordsEnd(bytes);
  if (end > 0) return bytes.subarray(0, end);
  const length = peekRecordLength(bytes, 0);
  if (length === undefined || length > dataEnd - offset || length > RECORD_BYTES_MAX) {
    throw corrupt(label, offset, "a record's length is wrong");
  }
  return readExactly(file, offset, length);
}

async function readExactly(file: File, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const count = await file.read(bytes, offset);
  assert(count === length, "a file is as long as it was a moment ago");
  return bytes;
}
