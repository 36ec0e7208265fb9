/**
 * Judges what a store holds after a crash: the state after a prefix of the commits, no shorter than what
 * had been acknowledged, without what is due; every expiration that was told is told again; and it takes
 * writes.
 */

import { expect } from "chai";

import { revision } from "../../src/base/index.js";
import type { Store } from "../../src/kv/store.js";
import { bytes, listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { watchOf } from "../support/follower.js";
import { settle } from "../support/manual-clock.js";
import { isSameState, withoutDue, type History, type KnownEntry, type State } from "./history.js";

/** Turns of the event loop after which a stream has nothing more to say. */
const SILENCE_TURNS = 300;

export interface Crash {
  readonly history: History;
  /** The step of the first disk after which the power went. */
  readonly step: number;
  /** The latest that the store may believe it to be when it has recovered. */
  readonly latestMs: number;
}

/** Fails unless the store holds what it may hold after the crash. */
export async function judge(store: Store, crash: Crash): Promise<void> {
  const { history, step, latestMs } = crash;
  const { logicalTimeMs: nowMs } = await store.status();
  expect(nowMs, "the logical time").to.be.at.most(latestMs);
  const held = await stateOf(store);
  const { revision: newest } = await store.status();
  const acknowledged = history.acknowledgedBy(step);
  expect(newest, "the revision").to.be.at.least(acknowledged);
  const last = Math.min(newest, history.revision);
  for (let prefix = last; prefix >= acknowledged; prefix -= 1) {
    const state = history.states[prefix];
    if (state !== undefined && isSameState(held, withoutDue(state, nowMs))) return;
  }
  throw new Error(
    `it holds the state after no prefix from ${String(acknowledged)} to ${String(last)}: ` +
      differences(held, withoutDue(history.states[last] ?? new Map(), nowMs)),
  );
}

/** Fails unless what followers had been told of is told again, as far back as the store goes. */
export async function judgeFeed(store: Store, crash: Crash): Promise<void> {
  const { oldestRetainedRevision } = await store.status();
  const told = crash.history.told.filter(
    ({ event, toldAt }) => toldAt <= crash.step && event.revision >= oldestRetainedRevision,
  );
  const events = new Map<string, string>();
  const abort = new AbortController();
  const start = { kind: "revision", revision: revision(oldestRetainedRevision) } as const;
  const batches = store.watchExpirations(watchOf({ start }), abort.signal);
  const last = told.at(-1)?.event.revision ?? 0;
  while (told.length > 0) {
    // The clock stands still, so a stream that has told everything is silent from there on.
    const next = await Promise.race([batches.next(), settle(SILENCE_TURNS)]);
    if (next === undefined || next.done === true) break;
    for (const { revision: at, index, key, value } of next.value.expirations) {
      events.set(`${String(at)}/${String(index)}`, nameOfEvent(key, value));
    }
    if ((next.value.progress?.revision ?? 0) >= last || isDone(told, events)) break;
  }
  abort.abort();
  await batches.return(undefined);
  for (const { event } of told) {
    const name = `${String(event.revision)}/${String(event.index)}`;
    expect(events.get(name), `the expiration ${name}`).to.equal(
      nameOfEvent(event.key, event.value),
    );
  }
}

/**
 * Fails unless every snapshot that a caller was given is listed, and every one that is listed, given or
 * not, restores to the state at its revision.
 */
export async function judgeSnapshots(
  store: Store,
  crash: Crash,
  restore: (snapshotId: string) => Promise<Store>,
): Promise<void> {
  const listed = await store.listSnapshots();
  for (const { snapshot, givenAt } of crash.history.snapshots) {
    if (givenAt > crash.step) continue;
    expect(listed, `the snapshot ${snapshot.snapshotId}`).to.deep.include(snapshot);
  }
  for (const { snapshotId, revision: at } of listed) {
    const restored = await restore(snapshotId);
    const { logicalTimeMs } = await restored.status();
    const wanted = withoutDue(crash.history.states[at] ?? new Map(), logicalTimeMs);
    const held = await stateOf(restored);
    await restored.close();
    if (!isSameState(held, wanted)) {
      throw new Error(`the snapshot ${snapshotId} is another state: ${differences(held, wanted)}`);
    }
  }
}

/** Fails unless the store takes a write, at the next revision, and gives it back. */
export async function judgeWrite(store: Store): Promise<void> {
  const { revision: before } = await store.status();
  const set = await store.set(setOf("after the crash", "taken"), PATIENT);
  expect(set.revision).to.equal(before + 1);
  const { entry } = await store.get(bytes("after the crash"), PATIENT);
  expect(entry?.value.toString()).to.equal("taken");
}

export async function stateOf(store: Store): Promise<State> {
  const state = new Map<string, KnownEntry>();
  for (const key of await listAllKeys(store)) {
    const { entry } = await store.get(bytes(key), PATIENT);
    if (entry === undefined) throw new Error(`${key} is listed and absent`);
    const { value, revision: at, createRevision, version, deadlineMs } = entry;
    state.set(key, {
      value: value.toString("latin1"),
      revision: at,
      createRevision,
      version,
      deadlineMs,
    });
  }
  return state;
}

function isDone(told: History["told"], events: ReadonlyMap<string, string>): boolean {
  return told.every(({ event }) => events.has(`${String(event.revision)}/${String(event.index)}`));
}

function nameOfEvent(key: Buffer, value: Buffer | undefined): string {
  return `${key.toString("latin1")}=${value?.toString("latin1") ?? ""}`;
}

function differences(held: State, wanted: State): string {
  const lines: string[] = [];
  for (const key of new Set([...held.keys(), ...wanted.keys()])) {
    const left = describeEntry(held.get(key));
    const right = describeEntry(wanted.get(key));
    if (left !== right) lines.push(`${key}: held ${left}, wanted ${right}`);
  }
  return lines.join("; ");
}

function describeEntry(entry: KnownEntry | undefined): string {
  if (entry === undefined) return "nothing";
  const { value, ...rest } = entry;
  const text = `${value.slice(0, 12)} (${String(value.length)} bytes)`;
  return `${text} ${JSON.stringify(rest)}`;
}
