/**
 * Where a scrub remembers how far it is, so that a restart goes on rather than begins anew. A text file of two
 * lines, as the manifest; one that is damaged, or missing, costs no more than reading some files again.
 */

import { join } from "node:path";

import { checksum, timeMs, type ChecksumSeed, type Finding, type TimeMs } from "../base/index.js";
import { readWholeFile, TEMPORARY_SUFFIX, type FileSystem } from "../disk/index.js";

export const SCRUB_NAME = "SCRUB";

const BYTES_MAX = 1024 * 1024;

/** The last scrub that came to its end. */
export interface CompletedScrub {
  readonly startTimeMs: TimeMs;
  readonly endTimeMs: TimeMs;
  readonly bytes: number;
  readonly findingCount: number;
}

export interface ScrubState {
  /** Of the scrub under way. */
  readonly startTimeMs: TimeMs;
  /** The label of the last file that it has verified. Empty: none yet. */
  readonly position: string;
  readonly bytes: number;
  readonly findingCount: number;
  /** One for each damaged file: what this scrub has found, and what the last one found behind the position. */
  readonly findings: readonly Finding[];
  readonly last: CompletedScrub | undefined;
}

/** The state that was left there, or undefined where there is none that is intact. */
export async function readScrubState(
  fileSystem: FileSystem,
  directory: string,
): Promise<ScrubState | undefined> {
  try {
    const bytes = await readWholeFile(fileSystem, join(directory, SCRUB_NAME), BYTES_MAX);
    const text = bytes.toString("utf8");
    const [first = "", body = ""] = text.split("\n");
    if (first !== `keyvaluedb scrub 1 ${digest(body)}`) return undefined;
    // The checksum vouches for what this program wrote, so its shape need not be looked at again.
    return JSON.parse(body) as ScrubState;
  } catch {
    return undefined;
  }
}

/**
 * Replaces the file. Its directory is not synced: that is for what must not be lost, and a power cut that
 * puts back the state before this one loses nothing.
 */
export async function writeScrubState(
  fileSystem: FileSystem,
  directory: string,
  state: ScrubState,
): Promise<void> {
  const path = join(directory, SCRUB_NAME);
  const aside = path + TEMPORARY_SUFFIX;
  const body = JSON.stringify(state);
  if (await fileSystem.exists(aside)) await fileSystem.unlink(aside);
  const file = await fileSystem.open(aside, "create");
  try {
    await file.write(Buffer.from(`keyvaluedb scrub 1 ${digest(body)}\n${body}\n`), 0);
    await file.sync();
  } finally {
    await file.close();
  }
  await fileSystem.rename(aside, path);
}

export function beginScrub(nowMs: TimeMs, last: CompletedScrub | undefined): ScrubState {
  const startTimeMs = timeMs(nowMs);
  return { startTimeMs, position: "", bytes: 0, findingCount: 0, findings: [], last };
}

function digest(body: string): string {
  return checksum(Buffer.from(body), 0 as ChecksumSeed)
    .toString(16)
    .padStart(8, "0");
}
