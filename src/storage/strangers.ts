/**
 * Files among the segments that the manifest does not list. One that holds something newer than what
 * was recovered proves that the manifest is an old one. Any other is set aside, never deleted.
 */

import { join } from "node:path";

import { corrupt, revision, segmentId, type Revision } from "../base/index.js";
import {
  readSegmentHeader,
  SegmentScanner,
  segmentFileName,
  segmentSeed,
  type Manifest,
} from "../log/index.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import type { StorageOptions } from "./storage-options.js";

const ASIDE_DIRECTORY = "set-aside";

export async function setStrangersAside(
  options: StorageOptions,
  manifest: Manifest,
  recovered: Revision,
): Promise<void> {
  const { fileSystem, logger } = options;
  const directory = join(options.directory, SEGMENTS_DIRECTORY);
  const listed = new Set(manifest.segments.map((segment) => segmentFileName(segment.id)));
  const strangers = (await fileSystem.list(directory)).filter((name) => !listed.has(name));
  if (strangers.length === 0) return;
  for (const name of strangers) {
    const newest = await newestRevision(options, manifest, name);
    if (newest > recovered) {
      throw corrupt(
        `${SEGMENTS_DIRECTORY}/${name}`,
        0,
        `it holds revision ${String(newest)}, but the manifest does not list it and ends at ` +
          `${String(recovered)}: the manifest is older than the segments`,
      );
    }
  }
  const aside = join(options.directory, ASIDE_DIRECTORY);
  await fileSystem.makeDirectory(aside);
  // A file that is moved into a directory which a power cut can undo would go with it.
  await fileSystem.syncDirectory(options.directory);
  for (const name of strangers) {
    await fileSystem.rename(join(directory, name), await freeName(options, aside, name));
    logger.warn({ file: name }, "set aside a file that is not of this store");
  }
  await fileSystem.syncDirectory(aside);
  await fileSystem.syncDirectory(directory);
}

/** The highest revision in an intact part of the file, 0 if it is no segment of this store. */
async function newestRevision(
  options: StorageOptions,
  manifest: Manifest,
  name: string,
): Promise<Revision> {
  let newest = revision(0);
  const path = join(options.directory, SEGMENTS_DIRECTORY, name);
  const file = await options.fileSystem.open(path, "read").catch(() => undefined);
  if (file === undefined) return newest;
  try {
    const decoded = await readSegmentHeader(file);
    if (decoded.kind !== "header" || !decoded.header.storeId.equals(manifest.storeId))
      return newest;
    const { kind, segmentId: id } = decoded.header;
    const seed = segmentSeed(manifest.storeId, segmentId(id));
    const scanner = new SegmentScanner({ file, kind, seed, endOffset: await file.sizeBytes() });
    for (let step = await scanner.next(); step.kind === "records"; step = await scanner.next()) {
      for (const { record } of step.records) {
        newest = revision(Math.max(newest, record.revision));
      }
    }
    return newest;
  } finally {
    await file.close();
  }
}

async function freeName(options: StorageOptions, directory: string, name: string): Promise<string> {
  for (let count = 0; ; count++) {
    const path = join(directory, count === 0 ? name : `${name}.${String(count)}`);
    if (!(await options.fileSystem.exists(path))) return path;
  }
}
