/**
 * What there is to rescue from: the segments of a damaged store, found by what their headers say rather than
 * by their names, and as much as the manifest still tells of them.
 */

import { join } from "node:path";

import {
  findingIn,
  segmentId,
  systemErrorCode,
  type Finding,
  type SegmentId,
} from "../base/index.js";
import { TEMPORARY_SUFFIX } from "../disk/index.js";
import {
  MANIFEST_NAME,
  readManifest,
  readSegmentHeader,
  segmentFileName,
  STORE_ID_BYTES,
  type Manifest,
  type ManifestSegment,
  type SegmentKind,
} from "../log/index.js";
import type { ClosedStore } from "./closed-store.js";
import { segmentLabel, SEGMENTS_DIRECTORY } from "./segment-table.js";
import { newestRevision } from "./strangers.js";
import { isSegmentName } from "./temporary-files.js";

/** A segment that may have something to rescue. */
export interface SourceSegment {
  readonly id: SegmentId;
  /** Undefined: its header is damaged, and nothing else says it. */
  readonly kind: SegmentKind | undefined;
  /** Relative to the data directory. Undefined: it is not there. */
  readonly file: string | undefined;
  /** Undefined: no manifest says anything of it. */
  readonly listed: ManifestSegment | undefined;
}

export interface SalvageSource {
  /** The one in force. Undefined: there is none that is intact and no older than the segments. */
  readonly manifest: Manifest | undefined;
  readonly storeId: Buffer;
  /** In the order of the log. */
  readonly segments: readonly SourceSegment[];
}

interface SegmentFile {
  readonly name: string;
  /** What its header says, if that is intact. */
  readonly header:
    { readonly id: SegmentId; readonly kind: SegmentKind; readonly storeId: string } | undefined;
}

/** Throws STORE_TOO_NEW. What is wrong is told. */
export async function findSource(
  store: ClosedStore,
  onFinding: (finding: Finding) => void,
): Promise<SalvageSource> {
  const files = await describeFiles(store, onFinding);
  const found = await intactManifest(store, onFinding);
  const storeId = found?.storeId ?? commonStoreId(files);
  const ofStore = files.filter(
    ({ header }) => header === undefined || header.storeId === storeId.toString("hex"),
  );
  const manifest =
    found === undefined || (await isOutdated(store, found, onFinding)) ? undefined : found;
  const segments =
    manifest === undefined ? unlistedSegments(ofStore) : listedSegments(manifest, ofStore);
  for (const { id, file } of segments) {
    if (file !== undefined) continue;
    onFinding({
      file: segmentLabel(id),
      offset: 0,
      problem: "the manifest lists it, but it is missing",
    });
  }
  return { manifest, storeId, segments };
}

async function intactManifest(
  store: ClosedStore,
  onFinding: (finding: Finding) => void,
): Promise<Manifest | undefined> {
  try {
    const manifest = await readManifest(store.fileSystem, store.directory);
    if (manifest === undefined) {
      onFinding({ file: MANIFEST_NAME, offset: 0, problem: "it is missing" });
    }
    return manifest;
  } catch (error) {
    const finding = findingIn(error) ?? unreadable(MANIFEST_NAME, error);
    if (finding === undefined) throw error;
    onFinding(finding);
    return undefined;
  }
}

/** Whether a segment that the manifest does not know has more than all that it knows: then it is an old one. */
async function isOutdated(
  store: ClosedStore,
  manifest: Manifest,
  onFinding: (finding: Finding) => void,
): Promise<boolean> {
  const listed = new Set(manifest.segments.map(({ id }) => segmentFileName(id)));
  for (const name of store.names.segments) {
    if (listed.has(name) || name.endsWith(TEMPORARY_SUFFIX)) continue;
    const newest = await newestRevision(store, manifest, name).catch(() => undefined);
    // A segment that was replaced is listed, as retired, until its file is gone.
    if (newest === undefined || newest <= manifest.durableRevision) continue;
    const problem = `it knows nothing of ${SEGMENTS_DIRECTORY}/${name}, which has revision ${String(newest)}: it is an older one`;
    onFinding({ file: MANIFEST_NAME, offset: 0, problem });
    return true;
  }
  return false;
}

async function describeFiles(
  store: ClosedStore,
  onFinding: (finding: Finding) => void,
): Promise<readonly SegmentFile[]> {
  const files: SegmentFile[] = [];
  for (const name of store.names.segments) {
    const label = `${SEGMENTS_DIRECTORY}/${name}`;
    try {
      const file = await store.fileSystem.open(join(store.directory, label), "read");
      try {
        const decoded = await readSegmentHeader(file);
        if (decoded.kind === "header") {
          const { kind, segmentId: id, storeId } = decoded.header;
          files.push({ name, header: { id, kind, storeId: storeId.toString("hex") } });
        } else if (isSegmentName(name)) {
          files.push({ name, header: undefined });
          if (decoded.kind === "bad")
            onFinding({ file: label, offset: 0, problem: decoded.problem });
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      const finding = unreadable(label, error);
      if (finding === undefined) throw error;
      if (isSegmentName(name)) onFinding(finding);
    }
  }
  return files;
}

/** The id that most segments have. */
function commonStoreId(files: readonly SegmentFile[]): Buffer {
  const counts = new Map<string, number>();
  for (const { header } of files) {
    if (header !== undefined) counts.set(header.storeId, (counts.get(header.storeId) ?? 0) + 1);
  }
  const [common] = [...counts].sort(([, left], [, right]) => right - left);
  return common === undefined ? Buffer.alloc(STORE_ID_BYTES) : Buffer.from(common[0], "hex");
}

function listedSegments(manifest: Manifest, files: readonly SegmentFile[]): SourceSegment[] {
  return manifest.segments
    .filter(({ state }) => state !== "retired")
    .map((listed) => {
      const { id, kind } = listed;
      return { id, kind, file: fileOf(id, files), listed };
    });
}

/** By its header, whatever its name; else by its name, where no header says that it is another. */
function fileOf(id: SegmentId, files: readonly SegmentFile[]): string | undefined {
  const name = segmentFileName(id);
  const found =
    files.find((each) => each.header?.id === id && each.name === name) ??
    files.find((each) => each.header?.id === id) ??
    files.find((each) => each.header === undefined && each.name === name);
  return found === undefined ? undefined : `${SEGMENTS_DIRECTORY}/${found.name}`;
}

function unlistedSegments(files: readonly SegmentFile[]): SourceSegment[] {
  const known = files.filter(({ name }) => !name.endsWith(TEMPORARY_SUFFIX));
  const ids = known.map(({ name, header }) => header?.id ?? segmentId(Number.parseInt(name, 10)));
  return [...new Set(ids)]
    .sort((left, right) => left - right)
    .map((id) => {
      const kind = known.find(({ header }) => header?.id === id)?.header?.kind;
      return { id, kind, file: fileOf(id, known), listed: undefined };
    });
}

function unreadable(file: string, error: unknown): Finding | undefined {
  const code = systemErrorCode(error);
  if (code === undefined || code === "EACCES" || code === "EMFILE") return undefined;
  return { file, offset: 0, problem: `it cannot be read (${code})` };
}
