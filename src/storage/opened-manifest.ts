/** The manifest that a start goes on with: that of the store in the directory, brought to this program's format, or a new store's. */

import { join } from "node:path";

import { corrupt, KvError, NO_REVISION, revision, segmentId, timeMs } from "../base/index.js";
import {
  FORMAT_VERSION,
  loadCodecs,
  MANIFEST_NAME,
  ManifestFile,
  readManifest,
  STORE_ID_BYTES,
  type Manifest,
} from "../log/index.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import type { StorageOptions } from "./storage-options.js";
import { isSegmentName } from "./temporary-files.js";

/**
 * The manifest of a store that is there, or of a new one. Throws CORRUPT, and BAD_CONFIGURATION where the options want another
 * order of keys than the store has.
 */
export async function openManifest(options: StorageOptions): Promise<ManifestFile> {
  const { fileSystem, directory, clock } = options;
  const found = await readManifest(fileSystem, directory);
  if (found !== undefined) {
    checkKeyOrder(options, found);
    return await raiseFormat(options, new ManifestFile(fileSystem, directory, found));
  }
  const names = await fileSystem.list(join(directory, SEGMENTS_DIRECTORY));
  if (names.some(isSegmentName)) {
    throw corrupt(MANIFEST_NAME, 0, "it is missing, though there are segments");
  }
  const manifest = new ManifestFile(fileSystem, directory, {
    formatVersion: FORMAT_VERSION,
    mayBeCompressed: options.compression !== "none",
    storeId: options.randomBytes(STORE_ID_BYTES),
    historyId: options.randomBytes(STORE_ID_BYTES).toString("hex"),
    keyOrder: options.keyOrder ?? "bytes",
    createTimeMs: clock.wallMs(),
    generation: 0,
    nextSegmentId: segmentId(1),
    feedFloor: revision(1),
    durableRevision: NO_REVISION,
    commitTimeMs: timeMs(0),
    timeMarkRevision: NO_REVISION,
    historyVersions: options.historyVersions,
    historySince: NO_REVISION,
    segments: [],
  });
  await manifest.swap((current) => current);
  return raiseFormat(options, manifest);
}

/** Before the first record is written that a program of an older format would take for damage. */
async function raiseFormat(
  { compression }: StorageOptions,
  manifest: ManifestFile,
): Promise<ManifestFile> {
  const { formatVersion, mayBeCompressed: wasCompressed } = manifest.current;
  const mayBeCompressed = wasCompressed || compression !== "none";
  if (formatVersion !== FORMAT_VERSION || mayBeCompressed !== wasCompressed) {
    const raised = { formatVersion: FORMAT_VERSION, mayBeCompressed } as const;
    await manifest.swap((current) => ({ ...current, ...raised }));
  }
  if (mayBeCompressed) await loadCodecs();
  return manifest;
}

/** A store keeps the order that it was created with: what was said of its order must go on to hold. */
function checkKeyOrder({ keyOrder, directory }: StorageOptions, found: Manifest): void {
  if (keyOrder === undefined || keyOrder === found.keyOrder) return;
  throw new KvError(
    "BAD_CONFIGURATION",
    `store.key_order: is ${keyOrder}, but the store in ${directory} was created with ` +
      `${found.keyOrder} and keeps that order: leave the setting out or set it to ${found.keyOrder}; ` +
      "for another order, export the keys and import them into a new store",
  );
}
