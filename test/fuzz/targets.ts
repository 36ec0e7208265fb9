/** Everything of ours that reads bytes which others may have written. Each reader is held to its writer. */

import { readdirSync, readFileSync } from "node:fs";

import { KIB, present, segmentId } from "../../src/base/index.js";
import { readCheckpointFile } from "../../src/keydir/index.js";
import { pageScope, Tokens } from "../../src/kv/tokens.js";
import {
  BATCH_HEADER_BYTES,
  decodeBatchHeader,
  encodeBatchHeader,
} from "../../src/log/batch-format.js";
import {
  compress,
  decodeRecord,
  durableRevisionBehind,
  encodeRecord,
  encodeSegmentFooter,
  encodeSegmentHeader,
  loadCodecs,
  placeSeed,
  recordLength,
  SegmentScanner,
  segmentSeed,
  unpackValue,
  type CodecName,
  type LogRecord,
} from "../../src/log/index.js";
import { decodeManifest, encodeManifest } from "../../src/log/manifest-format.js";
import { decodeSegmentFooter, decodeSegmentHeader } from "../../src/log/segment-format.js";
import { readSnapshotFile } from "../../src/storage/snapshot-file.js";
import {
  encodeSnapshotFooterHead,
  encodeSnapshotHeader,
  snapshotSeed,
} from "../../src/storage/snapshot-format.js";
import { makeSpecimen } from "../damage/specimens.js";
import * as known from "../golden/known-inputs.js";
import { GOLDEN_DIRECTORY, goldenBytes } from "../golden/golden-file.js";
import { fileOf } from "../support/segment-bytes.js";
import { ACCEPTED, type Target } from "./fuzzer.js";
import * as mends from "./mends.js";
import { diskOf } from "./read-only-disk.js";
import { PIPELINE_MESSAGES } from "./pipeline-targets.js";
import { REQUESTS, sameOrThrow } from "./request-targets.js";
import { WIRE } from "./wire-targets.js";

const AT_PLACE = placeSeed(known.SEGMENT_SEED, known.OFFSET);
const STORES = ["format-1", "format-2"];
const FIELD = "token";
const SIZE_BYTES = 4;
const VALUE_BYTES_MAX = 256 * KIB;

/** The files of the golden stores under a folder. */
function goldenFiles(folder: string): Buffer[] {
  return STORES.flatMap((store) => {
    const directory = `${GOLDEN_DIRECTORY}/stores/${store}/${folder}`;
    const names = readdirSync(`${GOLDEN_DIRECTORY}/stores/${store}`).includes(folder)
      ? readdirSync(directory)
      : [];
    return names
      .map((name) => readFileSync(`${directory}/${name}`))
      .filter((bytes) => bytes.length > 0);
  });
}

function encoded(record: LogRecord, seed = AT_PLACE): Buffer {
  const bytes = Buffer.alloc(recordLength(record));
  encodeRecord(record, bytes, 0, seed);
  return bytes;
}

const RECORD: Target = {
  name: "record",
  seeds: Object.keys(known.RECORDS).map((name) => goldenBytes(`record-${name}`)),
  mend: (bytes) => {
    mends.mendRecord(bytes, 0, AT_PLACE);
  },
  run: (bytes) => {
    const decoded = decodeRecord(bytes, 0, AT_PLACE);
    if (decoded.kind === "bad") return decoded.problem;
    sameOrThrow(encoded(decoded.record), bytes.subarray(0, decoded.length));
    return ACCEPTED;
  },
};

const BATCH_HEADER: Target = {
  name: "batch header",
  seeds: [goldenBytes("batch-header")],
  mend: (bytes) => {
    mends.mendBatchHeader(bytes, 0, AT_PLACE);
  },
  run: (bytes) => {
    const header = decodeBatchHeader(bytes, 0, AT_PLACE);
    if (header === undefined) return "none";
    const again = Buffer.alloc(BATCH_HEADER_BYTES);
    encodeBatchHeader(header, again, 0, AT_PLACE);
    sameOrThrow(again, bytes.subarray(0, BATCH_HEADER_BYTES));
    return ACCEPTED;
  },
};

const SEGMENT_HEADER: Target = {
  name: "segment header",
  seeds: [goldenBytes("segment-header")],
  mend: mends.mendSegmentHeader,
  run: (bytes) => {
    const decoded = decodeSegmentHeader(bytes);
    if (decoded.kind !== "header") return decoded.kind === "bad" ? decoded.problem : "newer";
    sameOrThrow(encodeSegmentHeader(decoded.header), bytes.subarray(0, 64));
    return ACCEPTED;
  },
};

const SEGMENT_FOOTER: Target = {
  name: "segment footer",
  seeds: [goldenBytes("segment-footer")],
  mend: (bytes) => {
    mends.mendFooterAlone(bytes, AT_PLACE);
  },
  run: (bytes) => {
    const footer = decodeSegmentFooter(bytes, known.SEGMENT_SEED, known.OFFSET);
    if (footer === undefined) return "none";
    const again = encodeSegmentFooter(footer, known.SEGMENT_SEED, known.OFFSET);
    sameOrThrow(again, bytes.subarray(0, again.length));
    return ACCEPTED;
  },
};

/** All of a segment, as a start reads it: its steps lead on, and its records are those that lie there. */
function segmentTarget(kind: "log" | "compacted"): Target {
  const files = goldenFiles("segments");
  const ofKind = files.filter((bytes) => decodedKind(bytes) === kind);
  const seed = segmentSeed(storeIdOf(ofKind[0]), segmentId(idOf(ofKind[0])));
  return {
    name: `${kind} segment`,
    seeds: ofKind.map((bytes) => bytes.subarray(0, 8192)),
    mend: (bytes) => {
      mends.mendSegment(bytes, seed);
    },
    run: async (bytes) => {
      const file = fileOf(bytes);
      const scan = { file, kind, seed, endOffset: bytes.length };
      const scanner = new SegmentScanner(scan);
      for (let offset = 0; ;) {
        const step = await scanner.next();
        if (step.kind === "records") {
          if (step.endOffset <= offset) throw new Error("the scan does not get on");
          offset = step.endOffset;
          for (const { record, offset: at, length } of step.records) {
            sameOrThrow(encoded(record, placeSeed(seed, at)), bytes.subarray(at, at + length));
          }
          continue;
        }
        if (step.kind !== "bad") return step.offset > 64 ? ACCEPTED : `empty ${step.kind}`;
        await durableRevisionBehind(scan, step.batchOffset);
        return step.problem;
      }
    },
  };
}

function decodedKind(bytes: Buffer): string {
  const decoded = decodeSegmentHeader(bytes);
  return decoded.kind === "header" ? decoded.header.kind : decoded.kind;
}

function storeIdOf(bytes: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.from(bytes.subarray(16, 32));
}

function idOf(bytes: Buffer = Buffer.alloc(40)): number {
  return Number(bytes.readBigUInt64LE(32));
}

const MANIFEST: Target = {
  name: "manifest",
  seeds: [
    encodeManifest(known.MANIFEST),
    ...STORES.map((store) => readFileSync(`${GOLDEN_DIRECTORY}/stores/${store}/MANIFEST`)),
  ],
  mend: mends.mendManifest,
  run: (bytes) => {
    const again = encodeManifest(decodeManifest(bytes));
    sameOrThrow(encodeManifest(decodeManifest(again)), again);
    return ACCEPTED;
  },
};

const CHECKPOINT: Omit<Target, "seeds"> = {
  name: "checkpoint",
  mend: mends.mendCheckpointHeader,
  run: async (bytes) => {
    const read = await readCheckpointFile(diskOf(bytes), "checkpoint", () => undefined);
    return read.kind === "read" ? ACCEPTED : read.problem;
  },
};

const SNAPSHOT: Target = {
  name: "snapshot",
  seeds: goldenFiles("snapshots"),
  mend: mends.mendSnapshot,
  run: async (bytes) => {
    const records: LogRecord[] = [];
    const { header, footer } = await readSnapshotFile(diskOf(bytes), "snapshot", (record) => {
      records.push(record);
      return Promise.resolve();
    });
    const parts = [encodeSnapshotHeader(header)];
    const seed = snapshotSeed(header.snapshotId);
    for (const record of records) {
      const at = parts.reduce((sum, part) => sum + part.length, 0);
      parts.push(encoded(record, placeSeed(seed, at)));
    }
    sameOrThrow(Buffer.concat([...parts, encodeSnapshotFooterHead(footer), footer.sha256]), bytes);
    return ACCEPTED;
  },
};

const TOKENS = new Tokens(known.HISTORY_ID);
const SCOPE = pageScope("all up");

const RESUME_TOKEN: Target = {
  name: "resume token",
  seeds: [tokenBytes("resume-token"), tokenBytes("page-token")],
  mend: mends.mendToken,
  run: (bytes) => {
    const token = bytes.toString("base64url");
    sameOrThrow(
      Buffer.from(TOKENS.resumeToken(TOKENS.readResumeToken(token, FIELD))),
      Buffer.from(token),
    );
    return ACCEPTED;
  },
};

const PAGE_TOKEN: Target = {
  name: "page token",
  seeds: RESUME_TOKEN.seeds,
  mend: mends.mendToken,
  run: (bytes) => {
    const token = bytes.toString("base64url");
    sameOrThrow(
      Buffer.from(TOKENS.pageToken(TOKENS.readPageToken(token, FIELD, SCOPE))),
      Buffer.from(token),
    );
    return ACCEPTED;
  },
};

/** Tokens as text: what is no base64url at all. */
const TOKEN_TEXT: Target = {
  name: "token as text",
  seeds: RESUME_TOKEN.seeds.map((bytes) => Buffer.from(bytes.toString("base64url"))),
  run: (bytes) => {
    TOKENS.readResumeToken(bytes.toString("latin1"), FIELD);
    return ACCEPTED;
  },
};

function tokenBytes(name: string): Buffer {
  return Buffer.from(
    readFileSync(`${GOLDEN_DIRECTORY}/bytes/${name}.txt`, "utf8").trim(),
    "base64url",
  );
}

/** A value's own size comes from these bytes too, up to what a test has memory for. */
function codecTarget(codec: Exclude<CodecName, "none">): Target {
  const values = ["compress me, ".repeat(30), "a", ""].map((text) => Buffer.from(text));
  return {
    name: `${codec} value`,
    seeds: values.map((value) => {
      const size = Buffer.alloc(SIZE_BYTES);
      size.writeUInt32LE(value.length);
      return Buffer.concat([size, compress(codec, value)]);
    }),
    run: async (bytes) => {
      const valueSize = bytes.length < SIZE_BYTES ? 0 : bytes.readUInt32LE(0) % VALUE_BYTES_MAX;
      const own = await unpackValue({ codec, value: bytes.subarray(SIZE_BYTES), valueSize });
      if (own.length !== valueSize) throw new Error("a value has another size than it should");
      return ACCEPTED;
    },
  };
}

/** A checkpoint of this program: it need not read those of earlier ones, as in the golden stores. */
async function newCheckpoint(): Promise<Buffer> {
  const { disk } = await makeSpecimen("checkpoint");
  const path = disk.files().findLast((name) => name.endsWith(".checkpoint"));
  return disk.peek(present(path, "a checkpoint"));
}

/** All of them. */
export async function makeTargets(): Promise<readonly Target[]> {
  await loadCodecs();
  return [
    RECORD,
    BATCH_HEADER,
    SEGMENT_HEADER,
    SEGMENT_FOOTER,
    segmentTarget("log"),
    segmentTarget("compacted"),
    MANIFEST,
    { ...CHECKPOINT, seeds: [await newCheckpoint()] },
    SNAPSHOT,
    codecTarget("zstd"),
    codecTarget("lz4"),
    RESUME_TOKEN,
    PAGE_TOKEN,
    TOKEN_TEXT,
    ...REQUESTS,
    ...WIRE,
    ...PIPELINE_MESSAGES,
  ];
}
