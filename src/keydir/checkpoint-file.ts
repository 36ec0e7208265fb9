/**
 * Writes the pages of pinned trees to a checkpoint file, and reads them back into memory, verified to the
 * last byte. What the pages stand for in the log is the engine's to say, in the `state` that it hands over.
 */

import type { ChecksumSeed } from "../base/index.js";
import { writeAside, type File, type FileSystem } from "../disk/index.js";
import {
  readCheckpointEnd,
  readSome,
  type CheckpointContents,
  type ImageListing,
} from "./checkpoint-end.js";
import {
  CHECKPOINT_HEADER_BYTES,
  checkpointSeed,
  decodeCheckpointHeader,
  encodeCheckpointFooter,
  encodeCheckpointHeader,
  INDEX_ENTRY_BYTES,
  pageChecksum,
  type CheckpointHeader,
} from "./checkpoint-format.js";
import type { PageImage, PageLoader } from "./page-image.js";
import { PAGE_BYTES } from "./page-pool.js";
import type { PageTree } from "./page-tree.js";
import { ReplyLoader, type ReplyShape } from "./reply-image.js";
import type { ReplyRing } from "./reply-ring.js";
import type { TreeShape } from "./tree-image.js";
import { TreeLoader } from "./tree-loader.js";

/** Reads under way at once: while one is verified, the disk is at the next ones. */
const READS_MAX = 4;

/** What a keydir has pinned, each under the name that its pages are found by. */
export type PageImages = ReadonlyMap<string, PageImage>;

/** The name of the one image that is no tree. */
export const REPLIES = "replies";

/** What was read back. */
export interface LoadedKeydir {
  readonly trees: ReadonlyMap<string, PageTree>;
  readonly replies: LoadedReplies | undefined;
}

export interface LoadedReplies {
  readonly ring: ReplyRing;
  readonly hashKey: Buffer;
}

export interface CheckpointSource {
  readonly header: CheckpointHeader;
  readonly images: PageImages;
  /** Anything that JSON can hold. */
  readonly state: unknown;
  /** Told of the bytes of each write; a promise is waited for. */
  readonly spend: (bytes: number) => Promise<void> | undefined;
}

/** Writes the file aside, syncs it, and gives it its name; returns its size. A failure leaves nothing behind. */
export function writeCheckpointFile(
  fileSystem: FileSystem,
  path: string,
  source: CheckpointSource,
): Promise<number> {
  return writeAside(fileSystem, path, (file) => new Writer(file, source).write());
}

class Writer {
  readonly #file: File;
  readonly #source: CheckpointSource;
  readonly #seed: ChecksumSeed;
  #offset = 0;

  constructor(file: File, source: CheckpointSource) {
    this.#file = file;
    this.#source = source;
    this.#seed = checkpointSeed(source.header);
  }

  async write(): Promise<number> {
    const { header, images, state } = this.#source;
    await this.#append(encodeCheckpointHeader(header));
    const listings: ImageListing[] = [];
    const indexes: Buffer[] = [];
    let ordinal = 0;
    for (const [name, image] of images) {
      const index = await this.#appendPages(image, ordinal);
      const pageCount = index.length / INDEX_ENTRY_BYTES;
      ordinal += pageCount;
      indexes.push(index);
      listings.push({ ...image.shape, name, pageCount });
    }
    const contents: CheckpointContents = { images: listings, state };
    const text = Buffer.from(JSON.stringify(contents));
    const before = Buffer.concat([...indexes, text]);
    const footer = { contentsBytes: text.length, pageCount: ordinal };
    await this.#append(before);
    await this.#append(encodeCheckpointFooter(footer, before, this.#seed));
    return this.#offset;
  }

  /** Returns the part of the index that tells of these pages. */
  async #appendPages(image: PageImage, firstOrdinal: number): Promise<Buffer> {
    const finding = image.find();
    while (finding.next().done !== true) await this.#source.spend(0);
    const index = Buffer.alloc(image.pageCount * INDEX_ENTRY_BYTES);
    let count = 0;
    for (const { firstPage, bytes } of image.runs()) {
      for (let at = 0; at < bytes.length; at += PAGE_BYTES) {
        const sum = pageChecksum(
          bytes.subarray(at, at + PAGE_BYTES),
          firstOrdinal + count,
          this.#seed,
        );
        index.writeUInt32LE(firstPage + at / PAGE_BYTES, count * INDEX_ENTRY_BYTES);
        index.writeUInt32LE(sum, count * INDEX_ENTRY_BYTES + 4);
        count++;
      }
      await this.#append(bytes);
    }
    return index.subarray(0, count * INDEX_ENTRY_BYTES);
  }

  async #append(bytes: Buffer): Promise<void> {
    await this.#file.write(bytes, this.#offset);
    this.#offset += bytes.length;
    const pause = this.#source.spend(bytes.length);
    if (pause !== undefined) await pause;
  }
}

/** How far a checkpoint could be read. */
export type CheckpointRead =
  | {
      readonly kind: "read";
      readonly header: CheckpointHeader;
      readonly sizeBytes: number;
      readonly loaded: LoadedKeydir;
      readonly state: unknown;
    }
  | {
      readonly kind: "unusable";
      readonly problem: string;
      /** The header, where it is intact: what it calls durable was. */
      readonly header: CheckpointHeader | undefined;
    };

/**
 * Reads a checkpoint whole, unless `problemWith` finds its header or its state of no use. Whatever is wrong
 * with it makes it unusable, and is no error: the log has everything that it has.
 */
export async function readCheckpointFile(
  fileSystem: FileSystem,
  path: string,
  problemWith: (header: CheckpointHeader, state: unknown) => string | undefined,
): Promise<CheckpointRead> {
  let header: CheckpointHeader | undefined;
  try {
    const file = await fileSystem.open(path, "read");
    try {
      const decoded = decodeCheckpointHeader(await readSome(file, 0, CHECKPOINT_HEADER_BYTES));
      if (decoded.kind !== "header") return unusable(decoded.problem);
      header = decoded.header;
      return await new Reader(file, header).read(problemWith);
    } finally {
      await file.close();
    }
  } catch (error) {
    return unusable(`it cannot be read (${String(error)})`, header);
  }
}

class Reader {
  readonly #file: File;
  readonly #header: CheckpointHeader;
  readonly #seed: ChecksumSeed;

  constructor(file: File, header: CheckpointHeader) {
    this.#file = file;
    this.#header = header;
    this.#seed = checkpointSeed(header);
  }

  async read(
    problemWith: (header: CheckpointHeader, state: unknown) => string | undefined,
  ): Promise<CheckpointRead> {
    const header = this.#header;
    const sizeBytes = await this.#file.sizeBytes();
    const end = await readCheckpointEnd(this.#file, sizeBytes, this.#seed);
    if (typeof end === "string") return unusable(end, header);
    const { images: listings, state } = end.contents;
    const problem = problemWith(header, state);
    if (problem !== undefined) return unusable(problem, header);
    const trees = new Map<string, PageTree>();
    let replies: LoadedReplies | undefined;
    let ordinal = 0;
    for (const { name, pageCount, ...shape } of listings) {
      const pages = { ordinal, pageCount, lastPage: lastPageOf(end.index, ordinal + pageCount) };
      if (name === REPLIES) {
        const replyShape = shape as ReplyShape;
        const ring = await this.#load(
          new ReplyLoader(replyShape, pages.lastPage),
          end.index,
          pages,
        );
        if (ring === undefined) return unusable("a page is damaged", header);
        replies = { ring, hashKey: Buffer.from(replyShape.hashKey, "hex") };
      } else {
        const loader = new TreeLoader(shape as TreeShape, pages.lastPage);
        const tree = await this.#load(loader, end.index, pages);
        if (tree === undefined) return unusable("a page is damaged", header);
        trees.set(name, tree);
      }
      ordinal += pageCount;
    }
    return { kind: "read", header, sizeBytes, loaded: { trees, replies }, state };
  }

  /** Undefined where a page is damaged. */
  async #load<Loaded>(
    loader: PageLoader<Loaded>,
    index: Buffer,
    { ordinal, pageCount }: { readonly ordinal: number; readonly pageCount: number },
  ): Promise<Loaded | undefined> {
    const numberOf = (each: number): number => index.readUInt32LE(each * INDEX_ENTRY_BYTES);
    const end = ordinal + pageCount;
    const underWay: Promise<boolean>[] = [];
    let isIntact = true;
    for (let next = ordinal; next < end && isIntact;) {
      const first = next;
      const firstPage = numberOf(first);
      const runMax = loader.runLengthFrom(firstPage);
      while (next < end && next - first < runMax && numberOf(next) === firstPage + next - first) {
        next++;
      }
      const into = loader.bytesFor(firstPage, next - first);
      underWay.push(this.#readRun(into, first, index));
      if (underWay.length === READS_MAX) isIntact = (await underWay.shift()) ?? false;
    }
    // Each is waited for, also after a failure: none may write to memory that is given away.
    const rest = await Promise.all(underWay);
    return isIntact && rest.every(Boolean) ? loader.finish() : undefined;
  }

  /** False: a page is damaged, or cannot be read. */
  async #readRun(into: Buffer, firstOrdinal: number, index: Buffer): Promise<boolean> {
    const offset = CHECKPOINT_HEADER_BYTES + firstOrdinal * PAGE_BYTES;
    const count = await this.#file.read(into, offset).catch(() => 0);
    if (count !== into.length) return false;
    for (let at = 0; at < into.length; at += PAGE_BYTES) {
      const ordinal = firstOrdinal + at / PAGE_BYTES;
      const sum = pageChecksum(into.subarray(at, at + PAGE_BYTES), ordinal, this.#seed);
      if (sum !== index.readUInt32LE(ordinal * INDEX_ENTRY_BYTES + 4)) return false;
    }
    return true;
  }
}

/** The number of the page before the so-manieth of the file: of an image, the highest. */
function lastPageOf(index: Buffer, endOrdinal: number): number {
  return endOrdinal === 0 ? 0 : index.readUInt32LE((endOrdinal - 1) * INDEX_ENTRY_BYTES);
}

function unusable(problem: string, header?: CheckpointHeader): CheckpointRead {
  return { kind: "unusable", problem, header };
}
