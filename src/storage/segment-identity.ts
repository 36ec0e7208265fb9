/** Whether a file is the segment that the manifest lists: of this store, under its own name, whole, and where the log goes on. */

import { corrupt, KvError, type Revision } from "../base/index.js";
import type { File } from "../disk/index.js";
import {
  FORMAT_VERSION,
  readSegmentHeader,
  type Manifest,
  type ManifestSegment,
} from "../log/index.js";
import { segmentLabel } from "./segment-table.js";

/** A segment where it stands in the log. */
export interface PlacedSegment {
  readonly manifest: Manifest;
  readonly listed: ManifestSegment;
  /** The last revision of the log segment before this one; 0: there was none. */
  readonly logEnd: Revision;
}

/** Returns how long the file is. Throws CORRUPT, or STORE_TOO_NEW for one of a later format. */
export async function checkIdentity(file: File, segment: PlacedSegment): Promise<number> {
  const { listed, manifest } = segment;
  await checkHeader(file, listed, manifest);
  const sizeBytes = await file.sizeBytes();
  if (sizeBytes < listed.endOffset) throw tooShort(listed, sizeBytes);
  checkBase(segment);
  return sizeBytes;
}

/** Throws unless the file says that it is this segment of this store. */
export async function checkHeader(
  file: File,
  listed: Pick<ManifestSegment, "id" | "kind">,
  manifest: Pick<Manifest, "storeId">,
): Promise<void> {
  const decoded = await readSegmentHeader(file);
  const label = segmentLabel(listed.id);
  if (decoded.kind === "bad") throw corrupt(label, 0, decoded.problem);
  if (decoded.kind === "newer") throw tooNew(label, decoded.formatVersion);
  const { header } = decoded;
  if (!header.storeId.equals(manifest.storeId)) throw corrupt(label, 0, "it is of another store");
  if (header.segmentId !== listed.id) {
    throw corrupt(label, 0, `it is segment ${String(header.segmentId)} under another name`);
  }
  if (header.kind !== listed.kind) throw corrupt(label, 0, "it is not of the kind that is listed");
}

/** A log segment follows the one before it; a gap is where compaction has been, below the floor. */
function checkBase({ listed, logEnd, manifest }: PlacedSegment): void {
  if (listed.kind !== "log" || listed.baseRevision === logEnd) return;
  if (listed.baseRevision > logEnd && listed.baseRevision < manifest.feedFloor) return;
  throw corrupt(
    segmentLabel(listed.id),
    0,
    `it begins after revision ${String(listed.baseRevision)}, the log before it ends at ${String(logEnd)}`,
  );
}

function tooShort(listed: ManifestSegment, sizeBytes: number): KvError {
  const problem = `it has ${String(sizeBytes)} bytes of ${String(listed.endOffset)}`;
  return corrupt(segmentLabel(listed.id), sizeBytes, problem);
}

function tooNew(label: string, formatVersion: number): KvError {
  return new KvError(
    "STORE_TOO_NEW",
    `${label} has format ${String(formatVersion)}, this program knows formats up to ` +
      `${String(FORMAT_VERSION)}: use the KeyValueDB that wrote it, or a later one`,
  );
}
