/** What lies behind the pages of a checkpoint: their index, the contents, and the footer that vouches for both. */

import type { ChecksumSeed } from "../base/index.js";
import type { File } from "../disk/index.js";
import {
  CHECKPOINT_FOOTER_BYTES,
  CHECKPOINT_HEADER_BYTES,
  INDEX_ENTRY_BYTES,
  isFooterIntact,
  peekCheckpointFooter,
} from "./checkpoint-format.js";
import { PAGE_BYTES } from "./page-pool.js";

/** A tree, or what else has pages, in the contents; what else is to be known of it is there, too. */
export interface ImageListing {
  readonly name: string;
  readonly pageCount: number;
}

export interface CheckpointContents {
  readonly images: readonly ImageListing[];
  readonly state: unknown;
}

interface CheckpointEnd {
  readonly index: Buffer;
  readonly contents: CheckpointContents;
}

/** The end of a checkpoint, or what is wrong with it. */
export async function readCheckpointEnd(
  file: File,
  sizeBytes: number,
  seed: ChecksumSeed,
): Promise<CheckpointEnd | string> {
  const footerOffset = sizeBytes - CHECKPOINT_FOOTER_BYTES;
  const bytes = await readSome(file, Math.max(0, footerOffset), CHECKPOINT_FOOTER_BYTES);
  const footer = peekCheckpointFooter(bytes);
  if (footer === undefined) return "it has no footer: it is cut off or damaged";
  const { contentsBytes, pageCount } = footer;
  const indexBytes = pageCount * INDEX_ENTRY_BYTES;
  const pagesEnd = CHECKPOINT_HEADER_BYTES + pageCount * PAGE_BYTES;
  if (pagesEnd + indexBytes + contentsBytes !== footerOffset) return "its lengths do not add up";
  const before = await readSome(file, pagesEnd, indexBytes + contentsBytes);
  if (!isFooterIntact(bytes, before, seed)) return "the checksum of its footer is wrong";
  // The checksum vouches for what this program wrote, so its shape need not be looked at again.
  const contents = JSON.parse(before.toString("utf8", indexBytes)) as CheckpointContents;
  return { index: before.subarray(0, indexBytes), contents };
}

export async function readSome(file: File, offset: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const count = await file.read(bytes, offset);
  return bytes.subarray(0, count);
}
