/** What a careless hand, or a disk that loses more than a bit, does to the files of a store. */

import { present } from "../../src/base/index.js";
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES } from "../../src/log/segment-format.js";
import { peekRecordLength, SegmentScanner, segmentSeed } from "../../src/log/index.js";
import { SNAPSHOT_FOOTER_BYTES, SNAPSHOT_HEADER_BYTES } from "../../src/storage/snapshot-format.js";
import type { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { Random } from "../support/random.js";
import { fileOf } from "../support/segment-bytes.js";
import { filesOf, type SpecimenFile } from "./flips.js";
import { labelOf } from "./judge.js";
import { makeSpecimen, type Specimen } from "./specimens.js";

/** One damage to one store. */
export interface Case {
  readonly what: string;
  /** The one file that it harms; undefined: several, or none that was there. */
  readonly file: SpecimenFile | undefined;
  /** What it returns is waited for. */
  readonly harm: (disk: CrashDisk) => unknown;
}

/** Smaller than a disk's sector, and the sector. The pages of a checkpoint are many, and of one kind. */
const STRETCHES_BYTES = [64, 512] as const;
const STRETCHES_OF_PAGES_BYTES = [2048] as const;

export const HANDS: Readonly<Record<string, (specimen: Specimen) => Promise<Case[]> | Case[]>> = {
  "a file is deleted": eachFile(({ path }) => [
    { what: "deleted", harm: (disk) => disk.unlink(path) },
  ]),
  "a file is cut": eachFile(({ path, bits }) =>
    cutsOf(bits / 8).map((size) => ({
      what: `cut to ${String(size)} bytes`,
      harm: (disk) => {
        disk.resize(path, size);
      },
    })),
  ),
  "a file is made longer": eachFile(({ path, bits }) =>
    [Buffer.alloc(1), Buffer.alloc(100), new Random(3).bytes(100)].map((more) => ({
      what: `with ${String(more.length)} bytes more, from ${String(more[0])} on`,
      harm: (disk) => {
        disk.resize(path, bits / 8 + more.length);
        disk.poke(path, more, bits / 8);
      },
    })),
  ),
  "a stretch is zeroed": eachStretch((length) => Buffer.alloc(length)),
  "a stretch is noise": eachStretch((length) => new Random(length).bytes(length)),
  "two neighbouring records are swapped": eachRun(recordsOf),
  "two neighbouring batches are swapped": eachRun(batchesOf),
  "two files are swapped": eachPair((left, right) => async (disk) => {
    await disk.rename(left.path, "/aside");
    await disk.rename(right.path, left.path);
    await disk.rename("/aside", right.path);
  }),
  "a file is copied over another": eachPair((left, right) => (disk) => {
    overwrite(disk, right.path, disk.peek(left.path));
  }),
  "a file of another store stands in its place": ofAnotherStore,
  "an older file is put back": olderFiles,
  "the older manifest and all older segments are put back over the newer ones": olderSets,
  "a file that is none lies among the segments": strangers,
};

function cutsOf(size: number): readonly number[] {
  return [...new Set([0, 1, Math.floor(size / 2), size - 1])].filter(
    (cut) => cut >= 0 && cut < size,
  );
}

function eachFile(
  casesOf: (file: SpecimenFile) => readonly Omit<Case, "file">[],
): (specimen: Specimen) => Case[] {
  return (specimen) =>
    filesOf(specimen).flatMap((file) => casesOf(file).map((each) => ({ ...each, file })));
}

/** Stretch by stretch, where that changes anything. */
function eachStretch(bytesOf: (length: number) => Buffer): (specimen: Specimen) => Case[] {
  return (specimen) =>
    filesOf(specimen)
      .filter(({ kind }) => kind !== "spare (.tmp)" && kind !== "older checkpoint")
      .flatMap((file) => {
        const content = specimen.disk.peek(file.path);
        const lengths =
          file.kind === "newest checkpoint" ? STRETCHES_OF_PAGES_BYTES : STRETCHES_BYTES;
        return lengths.flatMap((length) =>
          Array.from({ length: Math.ceil(content.length / length) }, (_, index) => index * length)
            .map((start) => ({ start, bytes: bytesOf(Math.min(length, content.length - start)) }))
            .filter(
              ({ start, bytes }) => !content.subarray(start, start + bytes.length).equals(bytes),
            )
            .map(({ start, bytes }) => ({
              what: `${String(bytes.length)} bytes at ${String(start)}`,
              file,
              harm: (disk: CrashDisk) => {
                disk.poke(file.path, bytes, start);
              },
            })),
        );
      });
}

/** Where things that follow one another begin, and where the last of them ends. */
type Edges = readonly number[];

function eachRun(
  edgesOf: (file: SpecimenFile, content: Buffer) => Promise<readonly Edges[]> | readonly Edges[],
): (specimen: Specimen) => Promise<Case[]> {
  return async (specimen) => {
    const cases: Case[] = [];
    for (const file of filesOf(specimen)) {
      const content = specimen.disk.peek(file.path);
      for (const edges of await edgesOf(file, content)) {
        for (let at = 0; at + 2 < edges.length; at += 1) {
          const [start = 0, middle = 0, end = 0] = edges.slice(at, at + 3);
          const left = content.subarray(start, middle);
          const swapped = Buffer.concat([content.subarray(middle, end), left]);
          const harm = (disk: CrashDisk): void => {
            disk.poke(file.path, swapped, start);
          };
          cases.push({ what: `those at ${String(start)}`, file, harm });
        }
      }
    }
    return cases;
  };
}

/** Records that follow one another, within their batch. */
async function recordsOf(file: SpecimenFile, content: Buffer): Promise<readonly Edges[]> {
  if (file.kind === "snapshot") return [recordsOfSnapshot(content)];
  const edges: number[][] = [];
  for (const step of await stepsOf(file, content)) {
    if (step.kind !== "records" || step.records.length < 2) continue;
    edges.push([...step.records.map(({ offset }) => offset), step.endOffset]);
  }
  return edges;
}

function recordsOfSnapshot(content: Buffer): Edges {
  const edges: number[] = [SNAPSHOT_HEADER_BYTES];
  for (let at = SNAPSHOT_HEADER_BYTES; at < content.length - SNAPSHOT_FOOTER_BYTES;) {
    at += present(peekRecordLength(content, at), "a whole record");
    edges.push(at);
  }
  return edges;
}

async function batchesOf(file: SpecimenFile, content: Buffer): Promise<readonly Edges[]> {
  if (file.kind === "compacted segment") return [];
  const steps = await stepsOf(file, content);
  return [
    [SEGMENT_HEADER_BYTES, ...steps.flatMap((step) => ("endOffset" in step ? step.endOffset : []))],
  ];
}

async function stepsOf(
  { kind }: SpecimenFile,
  content: Buffer,
): Promise<Awaited<ReturnType<SegmentScanner["next"]>>[]> {
  if (!kind.endsWith(" segment")) return [];
  const decoded = decodeSegmentHeader(content.subarray(0, SEGMENT_HEADER_BYTES));
  if (decoded.kind !== "header") throw new Error("a specimen's segment has no header");
  const { storeId, segmentId, kind: segmentKind } = decoded.header;
  const scanner = new SegmentScanner({
    file: fileOf(content),
    kind: segmentKind,
    seed: segmentSeed(storeId, segmentId),
    endOffset: content.length,
  });
  const steps = [await scanner.next()];
  while (steps.at(-1)?.kind === "records") steps.push(await scanner.next());
  return steps;
}

/** Any two files that stand for different things, but for what nobody reads. */
function eachPair(
  harmOf: (left: SpecimenFile, right: SpecimenFile) => Case["harm"],
): (specimen: Specimen) => Case[] {
  return (specimen) => {
    const files = filesOf(specimen).filter(
      ({ kind }) => kind !== "LOCK" && kind !== "spare (.tmp)" && kind !== "snapshot",
    );
    return files.flatMap((left) =>
      files
        .filter((right) => left !== right)
        .map((right) => ({
          what: `${labelOf(left.path)} and ${labelOf(right.path)}`,
          file: undefined,
          harm: harmOf(left, right),
        })),
    );
  };
}

async function ofAnotherStore(specimen: Specimen): Promise<Case[]> {
  const other = await makeSpecimen(specimen.name, { idSeed: 12 });
  const names = new Set(other.disk.files());
  return filesOf(specimen)
    .filter(({ path, kind }) => names.has(path) && kind !== "LOCK" && kind !== "spare (.tmp)")
    .map((file) => ({
      what: "that of another store",
      // The manifest of another store finds its fault with the segments.
      file: file.kind === "MANIFEST" ? undefined : file,
      harm: (disk: CrashDisk) => {
        overwrite(disk, file.path, other.disk.peek(file.path));
      },
    }));
}

/** Each file as it was earlier, and each that is there no more. */
function olderFiles({ earlier, disk: newest }: Specimen): Case[] {
  const there = new Set(newest.files());
  return earlier.flatMap((old, age) =>
    old
      .files()
      .filter((path) => !path.endsWith(".snapshot"))
      .filter((path) => !there.has(path) || !newest.peek(path).equals(old.peek(path)))
      .map((path) => ({
        what: `${labelOf(path)} of earlier moment ${String(age)}`,
        file: undefined,
        harm: (disk: CrashDisk) => putBack(disk, path, old.peek(path)),
      })),
  );
}

/** Everything but what came since, whose files stay where they are. */
function olderSets({ earlier, disk: newest }: Specimen): Case[] {
  return earlier.map((old, age) => ({
    what: `earlier moment ${String(age)}`,
    file: undefined,
    harm: async (disk: CrashDisk) => {
      for (const path of old.files()) await putBack(disk, path, old.peek(path));
      if (newest.files().every((path) => old.files().includes(path))) {
        throw new Error("nothing came since: that is a whole directory put back");
      }
    },
  }));
}

function strangers(): Case[] {
  const contents = [Buffer.alloc(0), Buffer.from("notes"), new Random(5).bytes(200)];
  const names = ["notes.txt", "000000000099.seg", "000000000099.seg.old"];
  return names.flatMap((name) =>
    contents.map((content) => ({
      what: `${name} of ${String(content.length)} bytes`,
      file: undefined,
      harm: (disk: CrashDisk) => putBack(disk, `${DATA_DIRECTORY}/segments/${name}`, content),
    })),
  );
}

async function putBack(disk: CrashDisk, path: string, content: Buffer): Promise<void> {
  if (!(await disk.exists(path))) await (await disk.open(path, "create")).close();
  overwrite(disk, path, content);
}

function overwrite(disk: CrashDisk, path: string, content: Buffer): void {
  disk.resize(path, content.length);
  disk.poke(path, content, 0);
}
