/** Verifies a segment by itself, where no manifest says what it must be. */

import { join } from "node:path";

import { corrupt, NO_REVISION, segmentId, type Revision } from "../base/index.js";
import type { File, FileSystem } from "../disk/index.js";
import {
  durableRevisionBehind,
  readSegmentHeader,
  SegmentScanner,
  segmentSeed,
} from "../log/index.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";

interface Place {
  readonly fileSystem: FileSystem;
  readonly directory: string;
}

/** Told of what is found. */
interface Mark {
  readonly raise: (toRevision: Revision) => void;
}

/** Throws CORRUPT at the first damage. What may be the torn tail of an unclean stop is none. */
export async function checkLoneSegment(place: Place, name: string, mark: Mark): Promise<void> {
  const path = join(place.directory, SEGMENTS_DIRECTORY, name);
  const file = await place.fileSystem.open(path, "read");
  try {
    await scanLone(file, `${SEGMENTS_DIRECTORY}/${name}`, mark);
  } finally {
    await file.close();
  }
}

async function scanLone(file: File, label: string, mark: Mark): Promise<void> {
  const decoded = await readSegmentHeader(file);
  if (decoded.kind === "bad") throw corrupt(label, 0, decoded.problem);
  if (decoded.kind === "newer") return;
  const { kind, storeId, segmentId: id } = decoded.header;
  const seed = segmentSeed(storeId, segmentId(id));
  const scan = { file, kind, seed, endOffset: await file.sizeBytes() };
  const scanner = new SegmentScanner(scan);
  let logEnd: Revision = NO_REVISION;
  for (;;) {
    const step = await scanner.next();
    if (step.kind === "records") {
      for (const { record } of step.records) mark.raise(record.revision);
      if (step.header !== undefined && step.records.length > 0) logEnd = step.header.lastRevision;
      continue;
    }
    if (step.kind !== "bad") return;
    const behind = kind === "log" ? await durableRevisionBehind(scan, step.batchOffset) : undefined;
    if (kind === "log" && (behind ?? NO_REVISION) <= logEnd) return;
    throw corrupt(label, step.offset, step.problem);
  }
}
