/** The bytes of everything that is on disk or in a token: known inputs give these, and these give them back. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import {
  checkpointSeed,
  decodeCheckpointHeader,
  encodeCheckpointFooter,
  encodeCheckpointHeader,
  isFooterIntact,
  peekCheckpointFooter,
} from "../../src/keydir/checkpoint-format.js";
import {
  decodeRecord,
  encodeRecord,
  encodeSegmentFooter,
  encodeSegmentHeader,
  placeSeed,
  recordLength,
  type LogRecord,
} from "../../src/log/index.js";
import {
  BATCH_HEADER_BYTES,
  decodeBatchHeader,
  encodeBatchHeader,
} from "../../src/log/batch-format.js";
import { decodeManifest, encodeManifest } from "../../src/log/manifest-format.js";
import { decodeSegmentFooter, decodeSegmentHeader } from "../../src/log/segment-format.js";
import {
  decodeSnapshotFooter,
  decodeSnapshotHeader,
  encodeSnapshotFooterHead,
  encodeSnapshotHeader,
  snapshotSeed,
} from "../../src/storage/snapshot-format.js";
import { pageScope, Tokens } from "../../src/kv/tokens.js";
import { expectGoldenBytes, expectGoldenText, goldenBytes } from "./golden-file.js";
import * as known from "./known-inputs.js";

const AT_PLACE = placeSeed(known.SEGMENT_SEED, known.OFFSET);

function encoded(record: LogRecord): Buffer {
  const bytes = Buffer.alloc(recordLength(record));
  encodeRecord(record, bytes, 0, AT_PLACE);
  return bytes;
}

describe("golden bytes", () => {
  for (const [name, record] of Object.entries(known.RECORDS)) {
    it(`of a record: ${name}`, () => {
      expectGoldenBytes(`record-${name}`, encoded(record));
      const bytes = goldenBytes(`record-${name}`);
      const decoded = decodeRecord(bytes, 0, AT_PLACE);
      expect(decoded).to.deep.equal({ kind: "record", record, length: bytes.length });
    });
  }

  it("of a batch header", () => {
    const bytes = Buffer.alloc(BATCH_HEADER_BYTES);
    encodeBatchHeader(known.BATCH_HEADER, bytes, 0, AT_PLACE);
    expectGoldenBytes("batch-header", bytes);
    const decoded = decodeBatchHeader(goldenBytes("batch-header"), 0, AT_PLACE);
    expect(decoded).to.deep.equal(known.BATCH_HEADER);
  });

  it("of a segment header", () => {
    expectGoldenBytes("segment-header", encodeSegmentHeader(known.SEGMENT_HEADER));
    const decoded = decodeSegmentHeader(goldenBytes("segment-header"));
    expect(decoded).to.deep.equal({ kind: "header", header: known.SEGMENT_HEADER });
  });

  it("of a segment footer", () => {
    const { SEGMENT_FOOTER, SEGMENT_SEED, OFFSET } = known;
    expectGoldenBytes("segment-footer", encodeSegmentFooter(SEGMENT_FOOTER, SEGMENT_SEED, OFFSET));
    const decoded = decodeSegmentFooter(goldenBytes("segment-footer"), SEGMENT_SEED, OFFSET);
    expect(decoded).to.deep.equal(SEGMENT_FOOTER);
  });

  it("of a manifest", () => {
    expectGoldenText("bytes/manifest.txt", encodeManifest(known.MANIFEST).toString("utf8"));
    expect(decodeManifest(encodeManifest(known.MANIFEST))).to.deep.equal(known.MANIFEST);
  });

  it("of a checkpoint's header and footer", () => {
    const header = encodeCheckpointHeader(known.CHECKPOINT_HEADER);
    expectGoldenBytes("checkpoint-header", header);
    const decoded = decodeCheckpointHeader(goldenBytes("checkpoint-header"));
    expect(decoded).to.deep.equal({ kind: "header", header: known.CHECKPOINT_HEADER });
    const { before, ...footer } = known.CHECKPOINT_END;
    const seed = checkpointSeed(known.CHECKPOINT_HEADER);
    expectGoldenBytes("checkpoint-footer", encodeCheckpointFooter(footer, before, seed));
    const bytes = goldenBytes("checkpoint-footer");
    expect(peekCheckpointFooter(bytes)).to.deep.equal(footer);
    expect(isFooterIntact(bytes, before, seed)).to.equal(true);
  });

  it("of a snapshot header, and the seed that its id gives", () => {
    expectGoldenBytes("snapshot-header", encodeSnapshotHeader(known.SNAPSHOT_HEADER));
    const decoded = decodeSnapshotHeader(goldenBytes("snapshot-header"));
    expect(decoded).to.deep.equal({ kind: "header", header: known.SNAPSHOT_HEADER });
    const seed = Buffer.alloc(4);
    seed.writeUInt32LE(snapshotSeed(known.SNAPSHOT_ID));
    expectGoldenBytes("snapshot-seed", seed);
  });

  it("of a snapshot footer", () => {
    const { sha256, ...head } = known.SNAPSHOT_FOOTER;
    expectGoldenBytes("snapshot-footer", Buffer.concat([encodeSnapshotFooterHead(head), sha256]));
    const decoded = decodeSnapshotFooter(goldenBytes("snapshot-footer"));
    expect(decoded).to.deep.equal(known.SNAPSHOT_FOOTER);
  });

  it("of a resume token and a page token", () => {
    const tokens = new Tokens(known.HISTORY_ID);
    const told = { revision: revision(0x1_0203_0405), index: 9 };
    const page = {
      revision: told.revision,
      scope: pageScope("all up"),
      key: Buffer.from("users/ä"),
    };
    expectGoldenText("bytes/resume-token.txt", `${tokens.resumeToken(told)}\n`);
    expectGoldenText("bytes/page-token.txt", `${tokens.pageToken(page)}\n`);
    expect(tokens.readResumeToken(tokens.resumeToken(told), "start")).to.deep.equal(told);
    const read = tokens.readPageToken(tokens.pageToken(page), "page_token", page.scope);
    expect(read).to.deep.equal(page);
  });
});
