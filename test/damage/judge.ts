/**
 * What became of a damage. It was refused, reported, mended or not read; a value that is wrong, or absent
 * though it was there, is none of these, and throws.
 */

import { expect } from "chai";

import { KvError, SILENT_LOGGER, type Logger } from "../../src/base/index.js";
import { restoreSnapshot, type Store } from "../../src/kv/index.js";
import { bytes, listAllKeys, PATIENT } from "../support/calls.js";
import { removeCheckpoints } from "../support/checkpoint-files.js";
import type { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { isSameState, withoutDue } from "../crash/history.js";
import { stateOf } from "../crash/oracle.js";
import { rejectionOf } from "../support/rejection.js";
import { copyOf, openSpecimen, type Specimen } from "./specimens.js";

export const OUTCOMES = {
  refused: "the start, or the restore, ends with an error that names the file and the byte",
  reported: "the start goes well; who reads the key gets DATA_LOSS, with the file and the byte",
  mended: "the start says so in the log, and comes to the whole state without what is damaged",
  later: "a start from a checkpoint has not read it; one that reads the whole log refuses it",
  unread: "nothing reads it, or it holds nothing that is not held elsewhere",
  lost: "the start takes what is left for all there was: the newest changes are gone, and nothing says so",
} as const;
export type Outcome = keyof typeof OUTCOMES;

/** The name of a file in errors: relative to the data directory. */
export function labelOf(path: string): string {
  return path.slice(DATA_DIRECTORY.length + 1);
}

/** Fails unless the error is one that refuses damage: by its code, and naming file and byte. */
export function expectNamed(error: unknown, path?: string): void {
  if (!(error instanceof KvError)) throw error;
  expect(["CORRUPT", "STORE_TOO_NEW"], error.message).to.include(error.code);
  if (error.code !== "CORRUPT") return;
  const { segment, offset } = error.metadata;
  if (path !== undefined) expect(segment, error.message).to.equal(labelOf(path));
  expect(segment, error.message).to.be.a("string");
  expect(offset, error.message).to.be.a("number");
}

/** Opens the damaged store, reads all of it, and compacts it where something may still lie hidden. */
export async function judge(
  specimen: Specimen,
  damaged: CrashDisk,
  path?: string,
): Promise<Outcome> {
  const outcome = await judgeStart(specimen, copyOf(damaged), path);
  if (outcome !== "unread" || !specimen.setting.hasCheckpoints) return outcome;
  // No checkpoint stands between the start and the log now.
  await removeCheckpoints(damaged);
  const whole = await judgeStart(specimen, damaged, path);
  return whole === "unread" || whole === "mended" ? "unread" : "later";
}

/** What becomes of one start, of what is read after it, and of a compaction. */
export async function judgeStart(
  specimen: Specimen,
  disk: CrashDisk,
  path?: string,
): Promise<Outcome> {
  let warnings = 0;
  const logger: Logger = { ...SILENT_LOGGER, warn: () => (warnings += 1) };
  let store: Store;
  try {
    store = await openSpecimen(disk, new ManualClock(specimen.nowMs), specimen.setting, logger);
  } catch (error) {
    expectNamed(error, path);
    return "refused";
  }
  const isWarned = warnings > 0;
  if (specimen.prefixes.length > 0 && (await isShortened(specimen, store))) return "lost";
  const isWhole = await readAll(specimen, store, path);
  if (!isWhole || !isWarned) {
    // Compaction reads what no start and no caller has read; it may lose nothing by what it meets.
    await store.compact(PATIENT);
    const isStillWhole = await readAll(specimen, store, path);
    expect(isStillWhole, "compaction changes nothing that can be read").to.equal(isWhole);
  }
  disk.stopAfterCalls(0);
  if (!isWhole) return "reported";
  return isWarned ? "mended" : "unread";
}

/** Whether it holds what it held before some of its last changes: a prefix of the commits, and no other state. */
async function isShortened(specimen: Specimen, store: Store): Promise<boolean> {
  const held = await stateOf(store);
  if (isSameState(held, specimen.state)) return false;
  const { nowMs, prefixes } = specimen;
  return prefixes.some((state) => isSameState(held, withoutDue(state, nowMs)));
}

/** False: a key was reported as damaged. Throws where any answer is wrong. */
async function readAll(specimen: Specimen, store: Store, path?: string): Promise<boolean> {
  let isWhole = true;
  expect(await listAllKeys(store)).to.deep.equal([...specimen.state.keys()]);
  for (const [key, wanted] of specimen.state) {
    try {
      const { entry } = await store.get(bytes(key), PATIENT);
      expect(entry?.value.toString("latin1"), key).to.equal(wanted.value);
      expect(entry?.revision, key).to.equal(wanted.revision);
      expect(entry?.createRevision, key).to.equal(wanted.createRevision);
      expect(entry?.version, key).to.equal(wanted.version);
      expect(entry?.deadlineMs, key).to.equal(wanted.deadlineMs);
    } catch (error) {
      expectNamed(error, path);
      isWhole = false;
    }
  }
  return isWhole;
}

/** Restores from a damaged snapshot, which must fail and leave no store. */
export async function judgeSnapshot(damaged: CrashDisk, path: string): Promise<Outcome> {
  const options = { fileSystem: damaged, clock: new ManualClock(), directory: "/restored" };
  const error = await rejectionOf(restoreSnapshot({ ...options, snapshotPath: path }));
  if (!(error instanceof KvError)) throw error;
  expect(["CORRUPT", "STORE_TOO_NEW"], error.message).to.include(error.code);
  if (error.code === "CORRUPT") expect(error.metadata.segment).to.equal(path);
  expect(error.message, "it names the file").to.include(path);
  expect(damaged.files(), "a store came of it").not.to.include("/restored/MANIFEST");
  return "refused";
}
