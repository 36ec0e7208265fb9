/**
 * Which versions of a key are its history, without a gap, and what they prove about the past.
 *
 * What is kept of a key is the end of all that happened to it. It becomes shorter at its old end only:
 *
 * - when it is longer than `history.versions`;
 * - when the feed's floor has passed a tombstone: that goes, and what came before it;
 * - when more versions are kept than at the last start: what was replaced by then may have been dropped
 *   before.
 *
 * The log may hold older records than that, with gaps between them, where compaction has not yet been. From the
 * same three rules a start finds the same end again; a gap below it shows in a key that was created with no
 * tombstone before it.
 */

import type { Revision } from "../base/index.js";
import type { Chain, Keydir, KeydirEntry } from "../keydir/index.js";
import { yieldToLoop } from "./pace.js";

/** From where on the kept versions are whole. */
export interface HistoryProof {
  /** The feed's floor. */
  readonly floor: Revision;
  /** See `historySince` of the manifest. */
  readonly since: Revision;
}

/** What is known of a key at a revision of the past. */
export type PastState =
  | { readonly kind: "entry"; readonly entry: KeydirEntry }
  | { readonly kind: "absent" }
  /** The versions that are kept do not prove the answer. */
  | { readonly kind: "unknown" };

/** Chains that are looked at between two turns of the event loop. */
const CHAINS_PER_SLICE = 250;

/** How many of a key's versions, newest first, follow one another without a gap. */
function provenCount(versions: readonly KeydirEntry[], proof: HistoryProof): number {
  let newer: KeydirEntry | undefined;
  for (const [count, version] of versions.entries()) {
    if (version.isTombstone && version.revision < proof.floor) return count;
    if (newer !== undefined) {
      if (newer.revision <= proof.since) return count;
      if (isCreation(newer) && !version.isTombstone) return count;
    }
    newer = version;
  }
  return versions.length;
}

/** Drops from the keydir what is not proven of a key; returns it. */
export function unprovenOf(keydir: Keydir, key: Buffer, proof: HistoryProof): KeydirEntry[] {
  const versions = keydir.versionsOf(key);
  const unproven = versions[provenCount(versions, proof)];
  return unproven === undefined ? [] : keydir.history.cut(key, unproven);
}

/** Drops the tombstones that the floor has passed, and what they ended; tells what it has dropped. */
export async function* forgetRemoved(
  keydir: Keydir,
  { floor }: HistoryProof,
): AsyncIterableIterator<KeydirEntry[]> {
  for (let count = 1; ; count++) {
    const dropped = keydir.history.forgetRemoval(floor);
    if (dropped.length === 0) return;
    yield dropped;
    if (count % CHAINS_PER_SLICE === 0) await yieldToLoop();
  }
}

/** Drops from the keydir what is not proven of any key, in slices; tells what it has dropped. */
export async function* forgetUnproven(
  keydir: Keydir,
  proof: HistoryProof,
): AsyncIterableIterator<KeydirEntry[]> {
  let last: Chain | undefined;
  for (;;) {
    const chains = keydir.history.chains(last, CHAINS_PER_SLICE);
    last = chains.at(-1);
    if (last === undefined) return;
    for (const { key } of chains) yield unprovenOf(keydir, key, proof);
    await yieldToLoop();
  }
}

/**
 * The state of a key at a revision of the past, from the versions that are kept of it, newest first: at most
 * `versionsMax`. An entry may be past its deadline: that is for the caller to see.
 */
export function pastState(
  versions: readonly KeydirEntry[],
  atRevision: Revision,
  { versionsMax, floor, since }: HistoryProof & { readonly versionsMax: number },
): PastState {
  const entry = versions.find((version) => version.revision <= atRevision);
  if (entry !== undefined) return entry.isTombstone ? { kind: "absent" } : { kind: "entry", entry };
  // Before its first version a key was absent, as far back as nothing of it was forgotten.
  const oldest = versions.at(-1);
  const isWhole = oldest === undefined || (versions.length < versionsMax && isCreation(oldest));
  const isProven = isWhole && atRevision >= Math.max(floor, since);
  return { kind: isProven ? "absent" : "unknown" };
}

function isCreation(version: KeydirEntry): boolean {
  // Its version may be more than 1: a transaction may set a key that it makes again.
  return !version.isTombstone && version.revision === version.createRevision;
}
