/**
 * Messages of many entries: how many fit into one, and their bytes. They are written like the replies of Get,
 * because a scan is made of as many entries as there are keys.
 */

import { assert } from "../base/index.js";
import type { Entry, ScanBatch, VersionPage } from "../kv/index.js";
import {
  bytesFieldSize,
  integerFieldSize,
  sizeOfEntry,
  varintSize,
  writeBytesField,
  writeEntry,
  writeIntegerField,
  writeVarint,
} from "./hot-replies.js";

/** The entries are the first field of both messages. */
const ENTRIES = (1 << 3) | 2;
const NEXT_PAGE_TOKEN = (2 << 3) | 2;
const SCAN_REVISION = 2 << 3;

/** The tag and the number of the revision, at most. */
const REVISION_BYTES_MAX = 1 + 10;

/** keyvaluedb.v1.ScanResponse */
export function encodeScanReply({ entries, revision }: ScanBatch): Buffer {
  const { bytes, at } = withEntries(entries, integerFieldSize(revision));
  const end = writeIntegerField(bytes, at, SCAN_REVISION, revision);
  assert(end === bytes.length, "a reply is as long as it was measured");
  return bytes;
}

/** keyvaluedb.v1.ListVersionsResponse */
export function encodeListVersionsReply({ entries, nextPageToken }: VersionPage): Buffer {
  const token = Buffer.from(nextPageToken, "utf8");
  const { bytes, at } = withEntries(entries, bytesFieldSize(token.length));
  const end = writeBytesField(bytes, at, NEXT_PAGE_TOKEN, token);
  assert(end === bytes.length, "a reply is as long as it was measured");
  return bytes;
}

/** A message that begins with these entries, and has so many bytes left behind them. */
function withEntries(
  entries: readonly Entry[],
  bytesBehind: number,
): { readonly bytes: Buffer; readonly at: number } {
  const sizes = entries.map(sizeOfEntry);
  const entryBytes = sizes.reduce((bytes, size) => bytes + 1 + varintSize(size) + size, 0);
  const bytes = Buffer.allocUnsafe(entryBytes + bytesBehind);
  let at = 0;
  for (const [index, entry] of entries.entries()) {
    bytes[at] = ENTRIES;
    at = writeEntry(bytes, writeVarint(bytes, at + 1, sizes[index] ?? 0), entry);
  }
  return { bytes, at };
}

/** The store's batches, each as one message or several. A single entry always fits: the limits say so. */
export async function* splitScan(
  messageBytesMax: number,
  batches: AsyncIterable<ScanBatch>,
): AsyncGenerator<ScanBatch, void, undefined> {
  for await (const batch of batches) yield* splitBatch(messageBytesMax, batch);
}

function* splitBatch(
  messageBytesMax: number,
  { entries, revision }: ScanBatch,
): Generator<ScanBatch, void, undefined> {
  let from = 0;
  let bytesLeft = messageBytesMax - REVISION_BYTES_MAX;
  for (const [index, entry] of entries.entries()) {
    const size = sizeOfEntry(entry);
    const bytes = 1 + varintSize(size) + size;
    if (bytes > bytesLeft && index > from) {
      yield { entries: entries.slice(from, index), revision };
      from = index;
      bytesLeft = messageBytesMax - REVISION_BYTES_MAX;
    }
    bytesLeft -= bytes;
  }
  yield { entries: entries.slice(from), revision };
}
