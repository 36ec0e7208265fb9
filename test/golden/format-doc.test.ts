/** docs/format.md says what the code does: each offset, each size, each number, and the examples. */

import { crc32 } from "node:zlib";

import { expect } from "chai";

import { placeSeed, RecordType } from "../../src/log/index.js";
import { BATCH_HEADER_BYTES, BATCH_LAYOUT, BATCH_MAGIC } from "../../src/log/batch-format.js";
import { encodeManifest } from "../../src/log/manifest-format.js";
import { RECORD_FLAGS, RECORD_HEAD_BYTES, RECORD_LAYOUT } from "../../src/log/record-format.js";
import {
  FORMAT_VERSION,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_FOOTER_LAYOUT,
  SEGMENT_HEADER_BYTES,
  SEGMENT_HEADER_LAYOUT,
} from "../../src/log/segment-format.js";
import {
  CHECKPOINT_FOOTER_BYTES,
  CHECKPOINT_FOOTER_LAYOUT,
  CHECKPOINT_FORMAT_VERSION,
  CHECKPOINT_HEADER_BYTES,
  CHECKPOINT_HEADER_LAYOUT,
} from "../../src/keydir/checkpoint-format.js";
import { PAGE_BYTES } from "../../src/keydir/page-pool.js";
import {
  SNAPSHOT_FOOTER_BYTES,
  SNAPSHOT_FOOTER_LAYOUT,
  SNAPSHOT_HEADER_BYTES,
  SNAPSHOT_HEADER_LAYOUT,
  SNAPSHOT_KEY_ORDERS,
  snapshotSeed,
} from "../../src/storage/snapshot-format.js";
import { TOKEN_LAYOUT, TOKEN_SEED, TokenKind } from "../../src/kv/tokens.js";
import {
  fieldsUnder,
  FORMAT_DOCUMENT,
  membersUnder,
  namesUnder,
  readField,
} from "./format-tables.js";
import { goldenBytes } from "./golden-file.js";
import * as known from "./known-inputs.js";

interface Structure {
  readonly heading: string;
  readonly layout: Readonly<Record<string, number>>;
  /** Where the last field ends; undefined: with the structure itself. */
  readonly totalBytes: number | undefined;
}

const STRUCTURES: readonly Structure[] = [
  { heading: "Segment header", layout: SEGMENT_HEADER_LAYOUT, totalBytes: SEGMENT_HEADER_BYTES },
  { heading: "Segment footer", layout: SEGMENT_FOOTER_LAYOUT, totalBytes: SEGMENT_FOOTER_BYTES },
  { heading: "Batch", layout: BATCH_LAYOUT, totalBytes: BATCH_HEADER_BYTES },
  { heading: "Record", layout: RECORD_LAYOUT, totalBytes: RECORD_HEAD_BYTES },
  { heading: "Snapshot header", layout: SNAPSHOT_HEADER_LAYOUT, totalBytes: SNAPSHOT_HEADER_BYTES },
  { heading: "Snapshot footer", layout: SNAPSHOT_FOOTER_LAYOUT, totalBytes: SNAPSHOT_FOOTER_BYTES },
  {
    heading: "Checkpoint header",
    layout: CHECKPOINT_HEADER_LAYOUT,
    totalBytes: CHECKPOINT_HEADER_BYTES,
  },
  {
    heading: "Checkpoint footer",
    layout: CHECKPOINT_FOOTER_LAYOUT,
    totalBytes: CHECKPOINT_FOOTER_BYTES,
  },
  { heading: "Token", layout: TOKEN_LAYOUT, totalBytes: undefined },
];

/** Each field of the code with its offset and the bytes up to the next one. */
function rowsOf({ layout, totalBytes }: Structure): unknown[] {
  const fields = Object.entries(layout).sort(([, left], [, right]) => left - right);
  return fields.map(([field, offset], index) => {
    const end = fields[index + 1]?.[1] ?? totalBytes;
    return { offset, bytes: end === undefined ? undefined : end - offset, field };
  });
}

const hex32 = (value: number): string => value.toString(16).padStart(8, "0");

describe("docs/format.md", () => {
  for (const structure of STRUCTURES) {
    const { heading, totalBytes } = structure;
    it(`lays out ${heading.toLowerCase()} as the code does`, () => {
      expect(fieldsUnder(heading)).to.deep.equal(rowsOf(structure));
      if (totalBytes !== undefined) {
        expect(FORMAT_DOCUMENT).to.match(new RegExp(`\\b${String(totalBytes)} bytes\\b`));
      }
    });
  }

  it("names the types and flags of records, and the kinds of tokens", () => {
    expect(namesUnder("Record", "type")).to.deep.equal(RecordType);
    expect(namesUnder("Record", "flag")).to.deep.equal(RECORD_FLAGS);
    expect(TokenKind).to.deep.equal({ RESUME: 1, PAGE: 2, STATE: 3 });
    expect(FORMAT_DOCUMENT).to.include("1: resume token, 2: page token");
    expect(FORMAT_DOCUMENT).to.include(`0x${hex32(TOKEN_SEED)}`);
    expect(FORMAT_DOCUMENT).to.include(`0x${hex32(BATCH_MAGIC)}`);
    expect(FORMAT_DOCUMENT).to.include(`**format\n${String(FORMAT_VERSION)}**`);
  });

  it("names the orders of keys, and the number of each in a snapshot", () => {
    for (const [order, number] of Object.entries(SNAPSHOT_KEY_ORDERS)) {
      expect(FORMAT_DOCUMENT).to.include(`${String(number)}: ${order}`);
      expect(FORMAT_DOCUMENT).to.include(`| \`${order}\` |`).and.to.include(`\`"${order}"\``);
    }
  });

  it("names every member of the manifest", () => {
    const [, line = ""] = encodeManifest(known.MANIFEST).toString("utf8").split("\n");
    const manifest = JSON.parse(line) as { readonly segments: readonly object[] };
    const [members, ofSegments] = membersUnder("MANIFEST");
    expect(members).to.have.members(Object.keys(manifest));
    expect(ofSegments).to.have.members(Object.keys(manifest.segments[0] ?? {}));
  });

  it("gives examples of seeds that are right", () => {
    const { SEGMENT_SEED, OFFSET, SNAPSHOT_ID } = known;
    expect(FORMAT_DOCUMENT).to.include(`place ${String(OFFSET)}`);
    for (const seed of [SEGMENT_SEED, placeSeed(SEGMENT_SEED, OFFSET), snapshotSeed(SNAPSHOT_ID)]) {
      expect(FORMAT_DOCUMENT).to.include(`\`${hex32(seed)}\``);
    }
  });
});

/** The seed of a file as the document tells it, from nothing but zlib. */
function seedByDocument(id: Buffer, segmentId: number | undefined): number {
  const words = [0, 4, 8, 12].map((offset) => id.readUInt32LE(offset));
  if (segmentId !== undefined) words.push(segmentId);
  const bytes = Buffer.alloc(words.length * 8);
  words.forEach((word, index) => bytes.writeBigUInt64LE(BigInt(word), index * 8));
  return crc32(bytes);
}

describe("docs/format.md alone is enough to read", () => {
  const placeByDocument = (seedByDocument(known.STORE_ID, known.SEGMENT_ID) ^ known.OFFSET) >>> 0;

  function expectFields(heading: string, bytes: Buffer, fields: Record<string, unknown>): void {
    for (const [field, value] of Object.entries(fields)) {
      expect(readField(heading, field, bytes), `${heading}, ${field}`).to.deep.equal(value);
    }
  }

  it("a record", () => {
    const bytes = goldenBytes("record-expire-omitted-while-down");
    const record = known.RECORDS["expire-omitted-while-down"];
    if (record === undefined) throw new Error("there is no such record");
    const body = bytes.subarray(RECORD_HEAD_BYTES);
    expectFields("Record", bytes, {
      "head checksum": crc32(bytes.subarray(4, RECORD_HEAD_BYTES), placeByDocument),
      "body checksum": crc32(body),
      type: 3,
      flags: 1 + 2 + 4,
      "content type length": Buffer.byteLength(record.contentType),
      "key length": record.key.length,
      "value length": 0,
      "value size": record.valueSize,
      revision: record.revision,
      "create revision": record.createRevision,
      version: record.version,
      "commit time": record.commitTimeMs,
      deadline: record.deadlineMs,
      index: record.index,
    });
    expect(body).to.deep.equal(Buffer.concat([record.key, Buffer.from(record.contentType)]));
  });

  it("a batch header", () => {
    const bytes = goldenBytes("batch-header");
    const header = known.BATCH_HEADER;
    expectFields("Batch", bytes, {
      magic: Buffer.from("KVBT").readUInt32LE(),
      checksum: crc32(bytes.subarray(8), placeByDocument),
      bytes: header.bytes,
      "record count": header.recordCount,
      "first revision": header.firstRevision,
      "last revision": header.lastRevision,
      "commit time": header.commitTimeMs,
      "durable before": header.durableBefore,
    });
  });

  it("a segment's two ends", () => {
    const head = goldenBytes("segment-header");
    expect(head.subarray(0, 8).toString("latin1")).to.equal("KVDBSEG\0");
    expectFields("Segment header", head, {
      "format version": 1,
      checksum: crc32(head.subarray(16), crc32(head.subarray(0, 12))),
      "store id": known.STORE_ID,
      "segment id": known.SEGMENT_ID,
      "create time": known.SEGMENT_HEADER.createTimeMs,
      kind: 1,
      "key id": 0,
      "zero bytes": 0,
    });
    const foot = goldenBytes("segment-footer");
    expect(foot.subarray(0, 8).toString("latin1")).to.equal("KVDBEND\0");
    const footer = known.SEGMENT_FOOTER;
    expectFields("Segment footer", foot, {
      checksum: crc32(foot.subarray(12), placeByDocument),
      digest: footer.digest,
      "record count": footer.recordCount,
      "put count": footer.putCount,
      "tombstone count": footer.tombstoneCount,
      "first revision": footer.firstRevision,
      "last revision": footer.lastRevision,
      "commit time": footer.commitTimeMs,
      "durable revision": footer.durableRevision,
      "expiration count": footer.expirationCount,
    });
  });

  it("a checkpoint's two ends, and the seed between them", () => {
    const head = goldenBytes("checkpoint-header");
    const { storeId, revision, logicalTimeMs, createTimeMs } = known.CHECKPOINT_HEADER;
    expectFields("Checkpoint header", head, {
      "format version": CHECKPOINT_FORMAT_VERSION,
      checksum: crc32(head.subarray(16), crc32(head.subarray(0, 12))),
      "store id": storeId,
      revision,
      "logical time": logicalTimeMs,
      "create time": createTimeMs,
      "page bytes": PAGE_BYTES,
    });
    const foot = goldenBytes("checkpoint-footer");
    const { before, pageCount, contentsBytes } = known.CHECKPOINT_END;
    const seed = seedByDocument(storeId, revision);
    expectFields("Checkpoint footer", foot, {
      checksum: crc32(foot.subarray(12), crc32(before, seed)),
      "contents bytes": contentsBytes,
      "page count": pageCount,
      "zero bytes": 0,
    });
  });

  it("a snapshot's two ends", () => {
    const head = goldenBytes("snapshot-header");
    expectFields("Snapshot header", head, {
      "format version": 1,
      checksum: crc32(head.subarray(16), crc32(head.subarray(0, 12))),
      "store id": known.STORE_ID,
      "snapshot id": known.SNAPSHOT_ID,
      revision: known.SNAPSHOT_HEADER.revision,
      "create time": known.SNAPSHOT_HEADER.createTimeMs,
    });
    const { keyCount, dataBytes, logicalTimeMs, sha256 } = known.SNAPSHOT_FOOTER;
    expectFields("Snapshot footer", goldenBytes("snapshot-footer"), {
      "key count": keyCount,
      "data bytes": dataBytes,
      "logical time": logicalTimeMs,
      "SHA-256": sha256,
    });
    expect(goldenBytes("snapshot-seed").readUInt32LE()).to.equal(
      seedByDocument(known.SNAPSHOT_ID, undefined),
    );
  });
});
