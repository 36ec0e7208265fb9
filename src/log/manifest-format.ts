/**
 * The manifest says which files are the store. It is one small text file:
 *
 *   keyvaluedb manifest <format version> <CRC-32 of what follows, 8 hex digits>\n
 *   <JSON>\n
 *
 * Segments are listed in the order of the log. A segment is listed before its first batch is written;
 * what is listed and missing is damage. An input of a compaction stays listed, as retired, until
 * its file is gone.
 */

import {
  checksum,
  corrupt,
  isKvError,
  KEY_ORDERS,
  KvError,
  revision,
  segmentId,
  timeMs,
  type ChecksumSeed,
  type KeyOrderName,
  type Revision,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import {
  FORMAT_VERSION,
  STORE_ID_BYTES,
  type FormatVersion,
  type SegmentKind,
} from "./segment-format.js";

export const MANIFEST_NAME = "MANIFEST";

export type SegmentState = "active" | "closed" | "retired";

export interface ManifestSegment {
  readonly id: SegmentId;
  readonly kind: SegmentKind;
  readonly state: SegmentState;
  /** Of a closed segment: where it ends, in bytes. What lies past it is ignored for good. */
  readonly endOffset: number;
  /** Of a log segment: the last revision before it. Its own begin with the next one. */
  readonly baseRevision: Revision;
  /** Whether a footer vouches for the segment; a segment cut at recovery has none. */
  readonly isSealed: boolean;
}

export interface Manifest {
  /** That of the newest program that has opened the store to write; it never goes back. */
  readonly formatVersion: FormatVersion;
  /** Whether the store was ever opened with a codec on: values may need one to be read. */
  readonly mayBeCompressed: boolean;
  readonly storeId: Buffer;
  /** Changes when the store is restored: what was said of another history does not hold in this one. */
  readonly historyId: string;
  readonly keyOrder: KeyOrderName;
  readonly createTimeMs: TimeMs;
  /** Grows by one with each swap. */
  readonly generation: number;
  readonly nextSegmentId: SegmentId;
  /** From this revision on, the log is whole. Raised before compaction passes it. */
  readonly feedFloor: Revision;
  /** Newest revision known to be durable when this was written, and the logical time then. */
  readonly durableRevision: Revision;
  readonly commitTimeMs: TimeMs;
  /** Commit times up to this revision count no more: the clock that gave them was wrong. 0: all count. */
  readonly timeMarkRevision: Revision;
  /** How many versions of each key are kept. 1 in a manifest that does not say. */
  readonly historyVersions: number;
  /** From this revision on so many are: it was fewer before. 0 in a manifest that does not say. */
  readonly historySince: Revision;
  readonly segments: readonly ManifestSegment[];
}

export function encodeManifest(manifest: Manifest): Buffer {
  const { formatVersion, ...rest } = manifest;
  const fields = {
    ...rest,
    storeId: manifest.storeId.toString("hex"),
    // What says no more than its absence is left out.
    // Format 2 says so by itself.
    mayBeCompressed: formatVersion === 3 && manifest.mayBeCompressed ? true : undefined,
    historyVersions: manifest.historyVersions === 1 ? undefined : manifest.historyVersions,
    historySince: manifest.historySince === 0 ? undefined : manifest.historySince,
  };
  const body = JSON.stringify(fields) + "\n";
  const sum = digest(body, formatVersion);
  return Buffer.from(`keyvaluedb manifest ${String(formatVersion)} ${sum}\n${body}`);
}

/** Throws CORRUPT for anything that is not an intact manifest, STORE_TOO_NEW for one of a later format. */
export function decodeManifest(bytes: Buffer): Manifest {
  const text = bytes.toString("utf8");
  const lineEnd = text.indexOf("\n");
  const first = /^keyvaluedb manifest ([1-9]\d{0,8}) ([0-9a-f]{8})$/.exec(
    text.slice(0, Math.max(0, lineEnd)),
  );
  if (first === null) throw corrupt(MANIFEST_NAME, 0, "its first line is not that of a manifest");
  if (Number(first[1]) > FORMAT_VERSION) {
    throw new KvError(
      "STORE_TOO_NEW",
      `the store has format ${String(first[1])}, this program knows formats up to ` +
        `${String(FORMAT_VERSION)}: use the KeyValueDB that wrote it, or a later one`,
    );
  }
  const body = text.slice(lineEnd + 1);
  const formatVersion = Number(first[1]) as FormatVersion;
  if (digest(body, formatVersion) !== first[2])
    throw corrupt(MANIFEST_NAME, lineEnd + 1, "its checksum is wrong");
  try {
    return parseBody(JSON.parse(body), formatVersion);
  } catch (error) {
    if (isKvError(error)) throw error;
    throw corrupt(MANIFEST_NAME, lineEnd + 1, "it does not say what a manifest says", error);
  }
}

/** From format 3 on it covers the number of the format, too. */
function digest(body: string, formatVersion: FormatVersion): string {
  const seed = (formatVersion < 3 ? 0 : formatVersion) as ChecksumSeed;
  return checksum(Buffer.from(body), seed).toString(16).padStart(8, "0");
}

function parseBody(json: unknown, formatVersion: FormatVersion): Manifest {
  const fields = objectOf(json);
  const storeId = Buffer.from(idOf(fields["storeId"]), "hex");
  if (!Array.isArray(fields["segments"])) throw new Error("segments is not a list");
  const segments = fields["segments"].map(parseSegment);
  if (new Set(segments.map((segment) => segment.id)).size !== segments.length) {
    throw new Error("a segment is listed twice");
  }
  if (segments.slice(0, -1).some((segment) => segment.state === "active")) {
    throw new Error("the active segment is not the last one");
  }
  return {
    formatVersion,
    mayBeCompressed: formatVersion === 2 || fields["mayBeCompressed"] === true,
    storeId,
    historyId: idOf(fields["historyId"]),
    keyOrder: keyOrderIn(fields["keyOrder"]),
    createTimeMs: timeMs(countOf(fields["createTimeMs"])),
    generation: countOf(fields["generation"]),
    nextSegmentId: segmentId(countOf(fields["nextSegmentId"])),
    feedFloor: revision(countOf(fields["feedFloor"])),
    durableRevision: revision(countOf(fields["durableRevision"])),
    commitTimeMs: timeMs(countOf(fields["commitTimeMs"])),
    timeMarkRevision: revision(countOf(fields["timeMarkRevision"])),
    historyVersions: countOf(fields["historyVersions"] ?? 1),
    historySince: revision(countOf(fields["historySince"] ?? 0)),
    segments,
  };
}

/** The manifest is intact; so a name that is unknown here is known to the program that wrote it. */
function keyOrderIn(value: unknown): KeyOrderName {
  const name = stringOf(value);
  const known = KEY_ORDERS.find((order) => order === name);
  if (known !== undefined) return known;
  throw new KvError(
    "STORE_TOO_NEW",
    `the store keeps its keys in the order "${name}", this program knows ${KEY_ORDERS.join(", ")}: ` +
      "use the KeyValueDB that wrote it, or a later one",
  );
}

function parseSegment(json: unknown): ManifestSegment {
  const fields = objectOf(json);
  const kind = (["log", "compacted"] as const).find((each) => each === fields["kind"]);
  const state = (["active", "closed", "retired"] as const).find((each) => each === fields["state"]);
  if (kind === undefined || state === undefined)
    throw new Error("a segment's kind or state is unknown");
  if (typeof fields["isSealed"] !== "boolean") throw new Error("isSealed is not a truth value");
  return {
    id: segmentId(countOf(fields["id"])),
    kind,
    state,
    endOffset: countOf(fields["endOffset"]),
    baseRevision: revision(countOf(fields["baseRevision"])),
    isSealed: fields["isSealed"],
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error("something is not an object");
  return value as Record<string, unknown>;
}

function stringOf(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new Error("a name is missing");
  return value;
}

/** Ids are as long as each other, and hex in lower case. */
function idOf(value: unknown): string {
  const text = stringOf(value);
  if (!/^[0-9a-f]+$/.test(text) || text.length !== 2 * STORE_ID_BYTES) {
    throw new Error("an id is not 32 hex digits");
  }
  return text;
}

function countOf(value: unknown): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new Error("a number is out of range");
  return value as number;
}
