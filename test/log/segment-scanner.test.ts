/** A scan gives every intact record in order, and says how the segment ends: clean, with a footer, or bad. */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import type { File } from "../../src/disk/index.js";
import {
  BATCH_HEADER_BYTES,
  durableRevisionBehind,
  placeSeed,
  readSegmentHeader,
  SEGMENT_FOOTER_BYTES,
  SEGMENT_HEADER_BYTES,
  SegmentScanner,
  type ScanStep,
  type SegmentKind,
} from "../../src/log/index.js";
import { encodeBatchHeader } from "../../src/log/batch-format.js";
import { recordOf } from "../support/log-records.js";
import { fileOf, SEED, SegmentBytes } from "../support/segment-bytes.js";

interface Scanned {
  readonly revisions: readonly number[];
  readonly last: Exclude<ScanStep, { kind: "records" }>;
}

async function scan(bytes: Buffer, kind: SegmentKind = "log"): Promise<Scanned> {
  const file = fileOf(bytes);
  const scanner = new SegmentScanner({ file, kind, seed: SEED, endOffset: bytes.length });
  const revisions: number[] = [];
  for (;;) {
    const step = await scanner.next();
    if (step.kind !== "records") return { revisions, last: step };
    revisions.push(...step.records.map(({ record }) => record.revision));
  }
}

interface Given {
  readonly records: readonly {
    readonly revision: number;
    readonly at: number;
    readonly value: string;
  }[];
  readonly largest: number;
  readonly batchEnds: readonly number[];
  readonly end: Exclude<ScanStep, { kind: "records" }>;
}

/** What a scan gives in one way; each step is looked at before the next is asked for. */
async function given(bytes: Buffer, steps: "batches" | "parts"): Promise<Given> {
  const scanner = new SegmentScanner({
    file: fileOf(bytes),
    kind: "log",
    seed: SEED,
    endOffset: bytes.length,
    steps,
  });
  const records: { revision: number; at: number; value: string }[] = [];
  const batchEnds: number[] = [];
  let largest = 0;
  for (;;) {
    const step = await scanner.next();
    if (step.kind !== "records") return { records, largest, batchEnds, end: step };
    largest = Math.max(largest, step.records.length);
    if (step.isBatchEnd) batchEnds.push(step.endOffset);
    let position = 0;
    for (const { record, offset, length } of step.records) {
      expect(step.bytes.subarray(position, position + length)).to.deep.equal(
        bytes.subarray(offset, offset + length),
      );
      position += length;
      records.push({
        revision: record.revision,
        at: offset,
        value: record.value.toString("latin1"),
      });
    }
    expect(position).to.equal(step.bytes.length);
  }
}

async function inBothWays(bytes: Buffer): Promise<{ whole: Given; parts: Given }> {
  return { whole: await given(bytes, "batches"), parts: await given(bytes, "parts") };
}

const twoBatches = (): SegmentBytes =>
  new SegmentBytes().batch(recordOf(1), recordOf(2)).batch(recordOf(3));

function flipAt(bytes: Buffer, offset: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(offset) ^ (1 << bit), offset);
  return copy;
}

describe("the scan of a log segment", () => {
  it("ends clean at zeros, and at the end of the file", async () => {
    const segment = twoBatches();
    const end = segment.length;
    for (const bytes of [
      segment.bytes,
      twoBatches().zeros(3000).bytes,
      twoBatches().zeros(5).bytes,
    ]) {
      const { revisions, last } = await scan(bytes);
      expect(revisions).to.deep.equal([1, 2, 3]);
      expect(last).to.deep.equal({ kind: "end", offset: end });
    }
  });

  it("gives a large batch in parts when asked to, with the same records at the same places", async () => {
    const records = Array.from({ length: 300 }, (_, at) =>
      recordOf(at + 1, { value: Buffer.alloc(at === 150 ? 100_000 : at * 3, at) }),
    );
    const segment = new SegmentBytes()
      .batch(...records)
      .batch(recordOf(301))
      .zeros(3000);
    const { whole, parts } = await inBothWays(segment.bytes);
    expect(parts.records).to.deep.equal(whole.records);
    expect(parts.end).to.deep.equal(whole.end);
    expect(whole.largest).to.equal(300);
    expect(parts.largest).to.be.within(10, 299);
    expect(parts.batchEnds).to.deep.equal(whole.batchEnds);
  });

  it("says the same in parts of what is bad, whichever bit it is", async () => {
    const records = Array.from({ length: 40 }, (_, at) =>
      recordOf(at + 1, { value: Buffer.alloc(2000, at) }),
    );
    const { bytes } = new SegmentBytes().batch(recordOf(1)).batch(...records.slice(1));
    for (let offset = SEGMENT_HEADER_BYTES; offset < bytes.length; offset += 487) {
      const { whole, parts } = await inBothWays(flipAt(bytes, offset, offset % 8));
      expect(parts.end, `a bit at ${String(offset)}`).to.deep.equal(whole.end);
      expect(parts.records.slice(0, whole.records.length)).to.deep.equal(whole.records);
    }
  });

  it("gives batch by batch, with what each header says and where each record lies", async () => {
    const { bytes } = twoBatches();
    const options = {
      file: fileOf(bytes),
      kind: "log",
      seed: SEED,
      endOffset: bytes.length,
    } as const;
    const step = await new SegmentScanner(options).next();
    if (step.kind !== "records") throw new Error(`it is ${step.kind}`);
    expect(step.header?.lastRevision).to.equal(2);
    expect(step.offset).to.equal(SEGMENT_HEADER_BYTES);
    expect(step.records[0]?.offset).to.equal(SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES);
    expect(step.records[0]?.record).to.deep.equal(recordOf(1));
    const later = new SegmentScanner({ ...options, startOffset: step.endOffset });
    const next = await later.next();
    expect(next.kind === "records" && next.records[0]?.record.revision).to.equal(3);
  });

  it("reads nothing before the offset that it begins at", async () => {
    const { bytes } = twoBatches().footer();
    const file = fileOf(bytes);
    const offsets: number[] = [];
    const watched: File = {
      ...file,
      read: (into, offset) => {
        offsets.push(offset);
        return file.read(into, offset);
      },
    };
    const options = { file: watched, kind: "log", seed: SEED, endOffset: bytes.length } as const;
    const whole = new SegmentScanner(options);
    const step = await whole.next();
    if (step.kind !== "records") throw new Error(`it is ${step.kind}`);
    offsets.length = 0;
    const later = new SegmentScanner({ ...options, startOffset: step.endOffset });
    expect((await later.next()).kind).to.equal("records");
    expect(Math.min(...offsets)).to.equal(step.endOffset);
    expect((await later.next()).kind, "at the footer").to.equal("bad");
  });

  it("passes over a batch without records", async () => {
    const { revisions, last } = await scan(new SegmentBytes().batch().batch(recordOf(1)).bytes);
    expect(revisions).to.deep.equal([1]);
    expect(last.kind).to.equal("end");
  });

  it("ends at a footer that vouches for everything before it", async () => {
    const segment = twoBatches();
    const offset = segment.length;
    const { last } = await scan(segment.footer().bytes);
    expect(last).to.include({ kind: "footer", offset });
  });

  it("is bad with any byte of a sealed segment changed", async () => {
    const { bytes } = twoBatches().footer();
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const { revisions, last } = await scan(flipAt(bytes, offset, offset % 8));
      expect(last.kind, `byte ${String(offset)}`).to.equal("bad");
      expect([1, 2, 3].slice(0, revisions.length)).to.deep.equal(revisions);
    }
  });

  it("never takes a cut segment for a sealed one, and is clean only where a batch ends", async () => {
    const { bytes } = twoBatches().footer();
    const batches = [SEGMENT_HEADER_BYTES];
    batches.push(new SegmentBytes().batch(recordOf(1), recordOf(2)).length);
    batches.push(bytes.length - SEGMENT_FOOTER_BYTES);
    for (let size = SEGMENT_HEADER_BYTES; size < bytes.length; size += 1) {
      const { last } = await scan(bytes.subarray(0, size));
      expect(last.kind, `cut at ${String(size)}`).to.equal(batches.includes(size) ? "end" : "bad");
    }
  });

  it("is bad where anything lies behind zeros", async () => {
    const segment = twoBatches().zeros(2000);
    const start = twoBatches().length;
    for (const offset of [start, start + 47, start + 48, start + 1000, segment.length - 1]) {
      const { last } = await scan(flipAt(segment.bytes, offset));
      expect(last, `byte ${String(offset)}`).to.include({ kind: "bad", batchOffset: start });
    }
  });

  it("names the record that is bad, and the batch in which it lies", async () => {
    const { bytes } = twoBatches();
    const second = SEGMENT_HEADER_BYTES + BATCH_HEADER_BYTES + 80;
    const { last, revisions } = await scan(flipAt(bytes, second + 30));
    expect(revisions).to.deep.equal([]);
    expect(last).to.include({ kind: "bad", batchOffset: SEGMENT_HEADER_BYTES });
    expect(last.offset).to.be.greaterThan(SEGMENT_HEADER_BYTES);
  });

  it("refuses a batch that contradicts its header, and one that ends within a transaction", async () => {
    const open = new SegmentBytes().batch(recordOf(1, { isLastOfTransaction: false }));
    const { last } = await scan(open.bytes);
    expect(last).to.include({ kind: "bad", problem: "a batch ends within a transaction" });
    for (const more of [
      { recordCount: 2 },
      { firstRevision: revision(9) },
      { lastRevision: revision(9) },
    ]) {
      const { bytes } = new SegmentBytes().batch(recordOf(1));
      const header = {
        bytes: bytes.length - SEGMENT_HEADER_BYTES - BATCH_HEADER_BYTES,
        recordCount: 1,
        firstRevision: revision(1),
        lastRevision: revision(1),
        commitTimeMs: recordOf(1).commitTimeMs,
        durableBefore: revision(0),
        ...more,
      };
      encodeBatchHeader(header, bytes, SEGMENT_HEADER_BYTES, placeSeed(SEED, SEGMENT_HEADER_BYTES));
      expect((await scan(bytes)).last.kind).to.equal("bad");
    }
  });

  it("refuses a batch that reaches past the end, and one of another place", async () => {
    const { bytes } = twoBatches();
    const moved = Buffer.concat([bytes.subarray(0, 64), Buffer.alloc(0), bytes.subarray(64)]);
    expect((await scan(moved.subarray(0, moved.length - 1))).last.kind).to.equal("bad");
    const first = new SegmentBytes().batch(recordOf(1));
    const copy = first.bytes.subarray(SEGMENT_HEADER_BYTES);
    const { revisions, last } = await scan(Buffer.concat([first.bytes, copy]));
    expect(revisions).to.deep.equal([1]);
    expect(last.kind).to.equal("bad");
  });
});

describe("the search behind something bad", () => {
  const search = (bytes: Buffer, from: number): Promise<number | undefined> =>
    durableRevisionBehind(
      { file: fileOf(bytes), kind: "log", seed: SEED, endOffset: bytes.length },
      from,
    );

  it("finds the highest revision that an intact header calls durable", async () => {
    const { bytes } = twoBatches().batch(recordOf(4));
    expect(await search(bytes, SEGMENT_HEADER_BYTES)).to.equal(3);
    expect(await search(flipAt(bytes, SEGMENT_HEADER_BYTES + 9), SEGMENT_HEADER_BYTES)).to.equal(3);
    expect(await search(twoBatches().bytes, twoBatches().length)).to.equal(undefined);
  });

  it("finds what an intact footer calls durable, and nothing in a damaged one", async () => {
    const segment = twoBatches();
    const at = segment.length;
    const { bytes } = segment.footer();
    expect(await search(bytes, SEGMENT_HEADER_BYTES)).to.equal(3);
    for (let offset = at; offset < bytes.length; offset += 1) {
      const found = await search(flipAt(bytes, offset), SEGMENT_HEADER_BYTES);
      expect(found, `byte ${String(offset - at)} of the footer`).to.equal(2);
    }
    const zeros = twoBatches().zeros(5000).bytes;
    const behind = Buffer.concat([zeros, bytes.subarray(at)]);
    expect(await search(behind, at), "of another place").to.equal(undefined);
  });

  it("finds one that lies across the border of what is read at once", async () => {
    const window = 1024 * 1024;
    for (const shift of [-47, -24, -1, 0]) {
      const bytes = Buffer.alloc(2 * window + 500);
      const at = SEGMENT_HEADER_BYTES + window + shift;
      const header = {
        bytes: 0,
        recordCount: 0,
        firstRevision: revision(0),
        lastRevision: revision(0),
        commitTimeMs: recordOf(1).commitTimeMs,
        durableBefore: revision(77),
      };
      encodeBatchHeader(header, bytes, at, placeSeed(SEED, at));
      expect(await search(bytes, SEGMENT_HEADER_BYTES), String(shift)).to.equal(77);
    }
  });
});

describe("the scan of a compacted segment", () => {
  const compacted = (): SegmentBytes =>
    new SegmentBytes("compacted").records(recordOf(9), recordOf(2), recordOf(5));

  it("gives records in the order in which they lie, then the footer", async () => {
    const { revisions, last } = await scan(compacted().footer().bytes, "compacted");
    expect(revisions).to.deep.equal([9, 2, 5]);
    expect(last.kind).to.equal("footer");
  });

  it("gives those that are longer than what is read at once", async () => {
    const large = { value: Buffer.alloc(1_500_000, 7) };
    const segment = new SegmentBytes("compacted").records(
      recordOf(1),
      recordOf(2, large),
      recordOf(3),
    );
    const { revisions, last } = await scan(segment.footer().bytes, "compacted");
    expect(revisions).to.deep.equal([1, 2, 3]);
    expect(last.kind).to.equal("footer");
  });

  it("is bad with any byte changed, and cut anywhere", async () => {
    const { bytes } = compacted().footer();
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const { last } = await scan(flipAt(bytes, offset, offset % 8), "compacted");
      expect(last.kind, `byte ${String(offset)}`).to.equal("bad");
      if (offset < SEGMENT_HEADER_BYTES) continue;
      const cut = await scan(bytes.subarray(0, offset), "compacted");
      expect(cut.last.kind, `cut at ${String(offset)}`).to.equal("bad");
    }
  });
});

describe("a segment's header in a file", () => {
  it("is read from the file, and found cut off where it is", async () => {
    const { bytes } = twoBatches();
    expect((await readSegmentHeader(fileOf(bytes))).kind).to.equal("header");
    expect((await readSegmentHeader(fileOf(bytes.subarray(0, 63)))).kind).to.equal("bad");
    expect((await readSegmentHeader(fileOf(Buffer.alloc(0)))).kind).to.equal("bad");
  });
});
