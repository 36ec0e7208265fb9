/**
 * Files among the segments that the manifest does not list. One that holds something newer than what
 * was recovered proves that the manifest is an old one. Any other is set aside, never deleted; a
 * directory stays where it is.
 */

import { join } from "node:path";

import {
  corrupt,
  NO_REVISION,
  revision,
  segmentId,
  systemErrorCode,
  type KvError,
  type Revision,
} from "../base/index.js";
import type { File } from "../disk/index.js";
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
  const strangers: string[] = [];
  for (const name of await fileSystem.list(directory)) {
    if (listed.has(name)) continue;
    const newest = await newestRevision(options, manifest, name);
    if (newest === undefined) {
      logger.warn({ directory: `${SEGMENTS_DIRECTORY}/${name}` }, "left a directory alone");
      continue;
    }
    if (newest > recovered) throw newerThanManifest(name, newest, recovered);
    strangers.push(name);
  }
  if (strangers.length === 0) return;
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

export function newerThanManifest(name: string, newest: Revision, recovered: Revision): KvError {
  return corrupt(
    `${SEGMENTS_DIRECTORY}/${name}`,
    0,
    `it holds revision ${String(newest)}, but the manifest does not list it and ends at ` +
      `${String(recovered)}: the manifest is older than the segments`,
  );
}

/**
 * The highest revision in an intact part of the file, 0 if it is no segment of this store; undefined for a
 * directory. A file that cannot be read now may hold anything, so the error is for the caller.
 */
export async function newestRevision(
  options: Pick<StorageOptions, "fileSystem" | "directory">,
  manifest: Manifest,
  name: string,
): Promise<Revision | undefined> {
  try {
    const path = join(options.directory, SEGMENTS_DIRECTORY, name);
    const file = await options.fileSystem.open(path, "read");
    try {
      return await newestRevisionIn(file, manifest);
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = systemErrorCode(error) ?? "";
    if (code === "EISDIR") return undefined;
    if (NO_FILE.has(code)) return NO_REVISION;
    throw error;
  }
}

/** Errors of what is no file: a link that leads nowhere, a socket, a named pipe. */
const NO_FILE: ReadonlySet<string> = new Set(["ENOENT", "ELOOP", "ENXIO", "ESPIPE"]);

async function newestRevisionIn(file: File, manifest: Manifest): Promise<Revision> {
  let newest = NO_REVISION;
  const decoded = await readSegmentHeader(file);
  if (decoded.kind !== "header" || !decoded.header.storeId.equals(manifest.storeId)) return newest;
  const { kind, segmentId: id } = decoded.header;
  const seed = segmentSeed(manifest.storeId, segmentId(id));
  const scanner = new SegmentScanner({ file, kind, seed, endOffset: await file.sizeBytes() });
  for (let step = await scanner.next(); step.kind === "records"; step = await scanner.next()) {
    for (const { record } of step.records) {
      newest = revision(Math.max(newest, record.revision));
    }
  }
  return newest;
}

async function freeName(options: StorageOptions, directory: string, name: string): Promise<string> {
  for (let count = 0; ; count++) {
    const path = join(directory, count === 0 ? name : `${name}.${String(count)}`);
    if (!(await options.fileSystem.exists(path))) return path;
  }
}
