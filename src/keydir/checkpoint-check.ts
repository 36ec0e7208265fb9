/** Verifies a checkpoint on disk to the last byte, a few pages at a time, without keeping any of it. */

import type { File, FileSystem } from "../disk/index.js";
import { readCheckpointEnd, readSome } from "./checkpoint-end.js";
import {
  CHECKPOINT_HEADER_BYTES,
  checkpointSeed,
  decodeCheckpointHeader,
  INDEX_ENTRY_BYTES,
  pageChecksum,
  type CheckpointHeader,
} from "./checkpoint-format.js";
import { PAGE_BYTES } from "./page-pool.js";

/** How much is verified in one step. */
const STEP_PAGES = 8;

export type CheckpointCheck =
  | { readonly kind: "whole"; readonly header: CheckpointHeader }
  /** Of another format, page size or byte order: no damage, and of no use here. */
  | { readonly kind: "unreadable"; readonly problem: string }
  | {
      readonly kind: "damaged";
      readonly offset: number;
      readonly problem: string;
      /** Where it is intact: what it calls durable was. */
      readonly header: CheckpointHeader | undefined;
    };

/** Throws what the disk says. `spend` is told of the bytes of each step; a promise is waited for. */
export async function checkCheckpointFile(
  fileSystem: FileSystem,
  path: string,
  spend: (bytes: number) => Promise<void> | undefined,
): Promise<CheckpointCheck> {
  const file = await fileSystem.open(path, "read");
  try {
    const decoded = decodeCheckpointHeader(await readSome(file, 0, CHECKPOINT_HEADER_BYTES));
    if (decoded.kind === "header") return await checkPages(file, decoded.header, spend);
    const { problem } = decoded;
    if (decoded.kind === "unreadable") return { kind: "unreadable", problem };
    return { kind: "damaged", offset: 0, problem, header: undefined };
  } finally {
    await file.close();
  }
}

async function checkPages(
  file: File,
  header: CheckpointHeader,
  spend: (bytes: number) => Promise<void> | undefined,
): Promise<CheckpointCheck> {
  const seed = checkpointSeed(header);
  const sizeBytes = await file.sizeBytes();
  const end = await readCheckpointEnd(file, sizeBytes, seed);
  if (typeof end === "string") {
    return { kind: "damaged", offset: sizeBytes, problem: end, header };
  }
  const pageCount = end.index.length / INDEX_ENTRY_BYTES;
  for (let first = 0; first < pageCount; first += STEP_PAGES) {
    const count = Math.min(STEP_PAGES, pageCount - first);
    const offset = CHECKPOINT_HEADER_BYTES + first * PAGE_BYTES;
    const bytes = await readSome(file, offset, count * PAGE_BYTES);
    for (let page = 0; page < count; page++) {
      const at = page * PAGE_BYTES;
      const sum = pageChecksum(bytes.subarray(at, at + PAGE_BYTES), first + page, seed);
      if (sum !== end.index.readUInt32LE((first + page) * INDEX_ENTRY_BYTES + 4)) {
        return { kind: "damaged", offset: offset + at, problem: "a page is damaged", header };
      }
    }
    const pause = spend(bytes.length);
    if (pause !== undefined) await pause;
  }
  return { kind: "whole", header };
}
