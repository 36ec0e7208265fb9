/** Every bit of every file of a specimen, turned one at a time. */

import { readCheckpointFile } from "../../src/keydir/index.js";
import type { CrashDisk } from "../support/crash-disk.js";
import { judge, judgeSnapshot, judgeStart, labelOf, type Outcome } from "./judge.js";
import { copyOf, type Specimen } from "./specimens.js";

export type Tally = Record<Outcome, number>;

export function emptyTally(): Tally {
  return { refused: 0, reported: 0, mended: 0, later: 0, unread: 0, lost: 0 };
}

/** What the files of a store are, as the table names them. */
export type FileKind =
  | "MANIFEST"
  | "log segment"
  | "compacted segment"
  | "active segment"
  | "newest checkpoint"
  | "older checkpoint"
  | "snapshot"
  | "LOCK"
  | "spare (.tmp)";

export interface SpecimenFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly bits: number;
}

const KIND_OFFSET = 48;
const FOOTER_MAGIC = "KVDBEND\0";

/** The files of a specimen, in order of their paths. */
export function filesOf({ disk }: Specimen): readonly SpecimenFile[] {
  const paths = disk.files();
  const checkpoints = paths.filter((path) => path.endsWith(".checkpoint"));
  return paths.map((path) => {
    const content = disk.peek(path);
    const kind = path === checkpoints.at(-1) ? "newest checkpoint" : kindOf(path, content);
    return { path, kind, bits: 8 * content.length };
  });
}

function kindOf(path: string, content: Buffer): FileKind {
  if (path.endsWith(".tmp")) return "spare (.tmp)";
  if (path.endsWith(".checkpoint")) return "older checkpoint";
  if (path.endsWith(".snapshot")) return "snapshot";
  if (path.endsWith("/LOCK")) return "LOCK";
  if (path.endsWith("/MANIFEST")) return "MANIFEST";
  if (content.readUInt32LE(KIND_OFFSET) === 1) return "compacted segment";
  return content.includes(FOOTER_MAGIC) ? "log segment" : "active segment";
}

/** Which bits to turn: those whose number leaves `part` when it is divided by `parts`. */
export interface Share {
  readonly part: number;
  readonly parts: number;
}

/**
 * Turns the share's bits of one file, tells what became of each, and returns how many those were. An answer that is
 * wrong throws, with the place.
 */
export async function flipBits(
  specimen: Specimen,
  file: SpecimenFile,
  { part, parts }: Share,
  note: (outcome: Outcome) => void,
): Promise<number> {
  let count = 0;
  if (NEVER_READ.has(file.kind)) {
    const outcome = await outcomeUnread(specimen, file);
    for (let bit = part; bit < file.bits; bit += parts, count += 1) note(outcome);
    return count;
  }
  const content = specimen.disk.peek(file.path);
  const known = file.kind === "newest checkpoint" ? new KnownReads() : undefined;
  for (let bit = part; bit < file.bits; bit += parts) {
    const offset = Math.floor(bit / 8);
    const disk = copyOf(specimen.disk);
    disk.poke(file.path, Buffer.from([(content[offset] ?? 0) ^ (1 << (bit % 8))]), offset);
    const judged = known === undefined ? undefined : await known.outcome(disk, file.path);
    const outcome = judged ?? (await outcomeOf(specimen, disk, file, `bit ${String(bit)}`));
    known?.learn(outcome);
    note(outcome);
    count += 1;
  }
  return count;
}

/** How many starts are judged of those that meet the same in a checkpoint, and one in how many after that. */
const JUDGED_FIRST = 30;
const JUDGED_EVERY = 64;

/**
 * A checkpoint is the most part of a small store, and all that a start learns of it is what its reader says. So
 * starts that are told the same come to the same, and most of them need not be made.
 */
class KnownReads {
  readonly #seen = new Map<string, { count: number; outcome: Outcome | undefined }>();
  #last: { count: number; outcome: Outcome | undefined } = { count: 0, outcome: undefined };

  /** Undefined: the start is to be made. */
  async outcome(disk: CrashDisk, path: string): Promise<Outcome | undefined> {
    const read = await readCheckpointFile(disk, path, () => undefined);
    if (read.kind === "read") throw new Error(`${path} is read, though a bit of it was turned`);
    const said = `${read.problem} ${JSON.stringify(read.header)}`;
    this.#last = this.#seen.get(said) ?? { count: 0, outcome: undefined };
    this.#seen.set(said, this.#last);
    const { count, outcome } = this.#last;
    this.#last.count += 1;
    return count < JUDGED_FIRST || count % JUDGED_EVERY === 0 ? undefined : outcome;
  }

  learn(outcome: Outcome): void {
    const { outcome: before } = this.#last;
    if (before !== undefined && before !== outcome)
      throw new Error(`once ${before}, now ${outcome}`);
    this.#last.outcome = outcome;
  }
}

/** One look at what is asked of the disk tells it of all bits of these: a read of such a file would fail. */
const NEVER_READ: ReadonlySet<FileKind> = new Set(["older checkpoint", "spare (.tmp)"]);

function outcomeUnread(specimen: Specimen, { path }: SpecimenFile): Promise<Outcome> {
  const disk = copyOf(specimen.disk);
  const verbs = ["open-read", "read"] as const;
  disk.addFault({
    verbs,
    path: new RegExp(`^${path.replaceAll(".", "\\.")}$`),
    code: "EIO",
    lasts: "for-good",
  });
  return judgeStart(specimen, disk, path);
}

/** What became of a damage to one file; where it ends in a lie, the error says which damage it was. */
export async function outcomeOf(
  specimen: Specimen,
  damaged: CrashDisk,
  { path, kind }: Pick<SpecimenFile, "path" | "kind">,
  what: string,
): Promise<Outcome> {
  try {
    if (kind === "snapshot") return await judgeSnapshot(damaged, path);
    return await judge(specimen, damaged, path);
  } catch (error) {
    const place = `${specimen.name} ${labelOf(path)} ${what}`;
    throw new Error(`${place}: ${String(error)}`, { cause: error });
  }
}
