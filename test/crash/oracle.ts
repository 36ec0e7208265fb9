/**
 * Judges what a store holds after a crash: exactly the state after some commit, none that was acknowledged
 * before the crash left out, without what is due; every expiration of that state's past is told, and what is
 * due is told once it is swept; older versions are true; calls made again are answered as before; and the store takes
 * writes.
 */

import { expect } from "chai";

import { present, revision, type KeyOrderName, type Revision } from "../../src/base/index.js";
import type { ExpirationEvent, Store } from "../../src/kv/index.js";
import { bytes, listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { watchOf } from "../support/follower.js";
import { TINY_WATCH_LIMITS, type OpenedParts } from "../support/local-store.js";
import { settle, until, type ManualClock } from "../support/manual-clock.js";
import { comparatorOf } from "../support/model-order.js";
import {
  isSameState,
  knownOf,
  withoutDue,
  type History,
  type KnownEntry,
  type RepeatableCall,
  type State,
} from "./history.js";

/** Turns of the event loop after which a stream has nothing more to say. */
const SILENCE_TURNS = 300;

/** Larger than the longest page: a listing is one call. */
const PAGE_SIZE = 50;

/** What every store is asked to take once it is open again. */
const KEY_AFTER = "after the crash";

export interface Crash {
  readonly history: History;
  /** The step of the first disk after which the power went. */
  readonly step: number;
  /** The latest that the store may believe it to be when it has recovered. */
  readonly latestMs: number;
  /** Of a second crash: what the life between the two had come to. */
  readonly before: EarlierLife | undefined;
}

/** A life that began with one crash and ended with another. */
export interface EarlierLife {
  /** What it began with; nothing that was there then may be lost by another crash. */
  readonly recovered: Revision;
  /** Of a write that was acknowledged before it ended. */
  readonly written: Revision | undefined;
}

/** What a store was found to hold. */
export interface Verdict {
  /** The last commit of the first run that it has. */
  readonly revision: Revision;
  readonly nowMs: number;
}

/** Fails unless the store holds what it may hold after the crash. It must not have been asked anything before. */
export async function judge(
  store: Store,
  crash: Crash,
  keyOrder: KeyOrderName = "bytes",
): Promise<Verdict> {
  const { history, step, latestMs, before } = crash;
  const { logicalTimeMs: nowMs, revision: newest } = await store.status();
  if (nowMs > latestMs)
    throw new Error(`it believes that it is ${String(nowMs - latestMs)} ms later`);
  const acknowledged = Math.max(history.acknowledgedBy(step), before?.written ?? 0);
  if (newest < acknowledged) {
    throw new Error(`it ends at ${String(newest)}, ${String(acknowledged)} was acknowledged`);
  }
  const recovered = before?.recovered ?? newest;
  if (recovered > history.revision) throw new Error(`nobody committed ${String(newest)}`);
  if (newest < recovered) throw new Error(`a second start found no more than ${String(newest)}`);
  const state = await stateOf(store);
  expectInOrder([...state.keys()], keyOrder);
  const hasWritten = state.delete(KEY_AFTER);
  if (before?.written !== undefined && !hasWritten) throw new Error("what it took was lost");
  if (before === undefined && hasWritten) throw new Error("it holds what was never written");
  const wanted = withoutDue(history.states[recovered] ?? new Map<string, KnownEntry>(), nowMs);
  if (isSameState(state, wanted)) return { revision: revision(recovered), nowMs };
  throw new Error(
    `it is not the state after ${String(recovered)} of ${String(history.revision)}, ` +
      `${String(acknowledged)} acknowledged: ${differences(state, wanted)}`,
  );
}

function expectInOrder(keys: readonly string[], keyOrder: KeyOrderName): void {
  const compare = comparatorOf(keyOrder);
  for (let at = 1; at < keys.length; at += 1) {
    const [left = "", right = ""] = [keys[at - 1], keys[at]];
    if (compare(bytes(left), bytes(right)) >= 0) throw new Error(`${right} comes after ${left}`);
  }
}

/**
 * Fails unless every expiration up to what was recovered is told, as far back as the store goes; and of what is
 * due by now, each key once, when it has been swept; and nothing else.
 */
export async function judgeFeed(
  { store, parts }: OpenedParts,
  clock: ManualClock,
  crash: Crash,
  { revision: recovered, nowMs }: Verdict,
): Promise<void> {
  // Time does not pass, but what is due is swept.
  await clock.advance(0);
  const { engine } = parts;
  await until("what is due was swept", () => engine.deadlines.dueCount(parts.logical.now()) === 0);
  await engine.whenDurable(engine.appliedRevision);
  const { oldestRetainedRevision: oldest, revision: newest } = await store.status();
  const told = await allTold(store, oldest, newest);
  for (const { event } of crash.history.told) {
    if (event.revision < oldest || event.revision > recovered) continue;
    const name = nameOf(event);
    const held = told.get(name);
    if (held === undefined) throw new Error(`the expiration ${name} was told once, and is lost`);
    expect(describeEvent(held), `the expiration ${name}`).to.equal(describeEvent(event));
    told.delete(name);
  }
  const state = crash.history.states[recovered] ?? new Map<string, KnownEntry>();
  const due = new Map([...state].filter(([, entry]) => isDue(entry, nowMs)));
  for (const event of told.values()) {
    const key = event.key.toString("latin1");
    const entry = due.get(key);
    if (entry === undefined) throw new Error(`${key} expired at ${nameOf(event)}, and was not due`);
    const isTold = entry.value.length <= TINY_WATCH_LIMITS.expiredValueBytesMax;
    expect(event.value?.toString("latin1"), key).to.equal(isTold ? entry.value : undefined);
    due.delete(key);
  }
  // What expired in an earlier life may be below the floor by now.
  if (oldest > recovered + 1) return;
  if (due.size > 0) throw new Error(`nobody was told that ${[...due.keys()].join(", ")} expired`);
}

async function allTold(
  store: Store,
  oldest: Revision,
  newest: Revision,
): Promise<Map<string, ExpirationEvent>> {
  const told = new Map<string, ExpirationEvent>();
  if (oldest > newest) return told;
  const abort = new AbortController();
  const start = { kind: "revision", revision: oldest } as const;
  const batches = store.watchExpirations(watchOf({ start }), abort.signal);
  for (;;) {
    // The clock stands still, so a stream that has told everything is silent from there on.
    const next = await Promise.race([batches.next(), settle(SILENCE_TURNS)]);
    if (next === undefined || next.done === true) break;
    for (const event of next.value.expirations) {
      if (told.has(nameOf(event))) throw new Error(`the expiration ${nameOf(event)} is told twice`);
      told.set(nameOf(event), event);
    }
    if ((next.value.progress?.revision ?? 0) >= newest) break;
  }
  abort.abort("nothing more is wanted");
  await batches.return(undefined);
  return told;
}

/**
 * Fails unless every snapshot that a caller was given and has not removed is listed, none that was removed is, and
 * every one that is listed, given or not, restores to the state at its revision.
 */
export async function judgeSnapshots(
  store: Store,
  { history, step }: Crash,
  restore: (snapshotId: string) => Promise<Store>,
): Promise<void> {
  const listed = await store.listSnapshots();
  for (const { snapshot, givenAt, deletingAt, deletedAt } of history.snapshots) {
    if (givenAt > step) continue;
    if (deletingAt > step) expect(listed).to.deep.include(snapshot);
    if (deletedAt <= step) expect(listed).not.to.deep.include(snapshot);
  }
  for (const { snapshotId, revision: at } of listed) {
    const restored = await restore(snapshotId);
    const { logicalTimeMs } = await restored.status();
    const wanted = withoutDue(present(history.states[at], "a state"), logicalTimeMs);
    const held = await stateOf(restored);
    await restored.close();
    held.delete(KEY_AFTER);
    if (!isSameState(held, wanted)) {
      throw new Error(`the snapshot ${snapshotId} is another state: ${differences(held, wanted)}`);
    }
  }
}

/** Fails unless the versions that are kept of each key are the last that it had, with none left out. */
export async function judgeVersions(
  { parts }: OpenedParts,
  { history }: Crash,
  { revision: recovered }: Verdict,
): Promise<void> {
  const { engine } = parts;
  const keys = new Set([
    ...(history.states.at(-1)?.keys() ?? []),
    ...(history.states[recovered]?.keys() ?? []),
  ]);
  for (const key of keys) {
    const versions = engine.history
      .versionsOf(bytes(key))
      .filter((each) => each.revision <= recovered);
    const happened = history.happenedTo(key, recovered);
    for (const [at, version] of versions.entries()) {
      const wanted = happened[at];
      const where = `version ${String(at)} of ${key}`;
      expect(version.revision, where).to.equal(wanted?.revision);
      expect(version.isTombstone, where).to.equal(wanted?.entry === undefined);
      if (version.isTombstone) continue;
      expect(version.deadlineMs, where).to.equal(wanted?.entry?.deadlineMs);
      const { value } = await engine.read(bytes(key), version);
      expect(value.toString("latin1"), where).to.equal(wanted?.entry?.value);
    }
  }
}

/**
 * Fails unless each call that changed something is remembered with its change, and answered as it was; and none is
 * whose change was undone.
 */
export async function judgeReplies(
  { store, parts }: OpenedParts,
  { history }: Crash,
  { revision: recovered }: Verdict,
): Promise<void> {
  for (const call of history.repeatable) {
    const { requestId, result } = call;
    if (result.revision > recovered) {
      const found = parts.engine.replies.find(bytes(requestId), parts.logical.now());
      if (found !== undefined) throw new Error(`${requestId} is remembered, and was undone`);
      continue;
    }
    expect(await madeAgain(store, call), requestId).to.deep.equal({ ...result, replayed: true });
  }
}

async function madeAgain(store: Store, call: RepeatableCall): Promise<unknown> {
  switch (call.kind) {
    case "transact":
      return store.transact(call.command, PATIENT);
    case "delete range":
      return store.deleteRange(call.command, PATIENT);
    case "operation":
      return (await store.pipeline().perform([call.command], PATIENT))[0];
  }
}

/** Fails unless every file is found to be whole: what a crash left behind is no damage. */
export async function judgeFiles({ parts }: OpenedParts): Promise<void> {
  const { engine } = parts;
  for await (const { findings } of engine.verification.run(new AbortController().signal)) {
    expect(findings, "what a verification finds").to.deep.equal([]);
  }
  expect(engine.damages, "what the engine calls damaged").to.deep.equal([]);
}

/** Fails unless the store takes a write, at the next revision, and gives it back. */
export async function judgeWrite(store: Store): Promise<Revision> {
  const { revision: before } = await store.status();
  const set = await store.set(setOf(KEY_AFTER, "taken"), PATIENT);
  expect(set.revision).to.equal(before + 1);
  const { entry } = await store.get(bytes(KEY_AFTER), PATIENT);
  expect(entry?.value.toString()).to.equal("taken");
  return set.revision;
}

export async function stateOf(store: Store): Promise<Map<string, KnownEntry>> {
  const state = new Map<string, KnownEntry>();
  for (const key of await listAllKeys(store, { pageSize: PAGE_SIZE })) {
    const { entry } = await store.get(bytes(key), PATIENT);
    if (entry === undefined) throw new Error(`${key} is listed and absent`);
    state.set(key, knownOf(entry));
  }
  return state;
}

function isDue({ deadlineMs }: KnownEntry, nowMs: number): boolean {
  return deadlineMs !== 0 && deadlineMs <= nowMs;
}

function nameOf(event: ExpirationEvent): string {
  return `${String(event.revision)}/${String(event.index)}`;
}

function describeEvent({ key, value }: ExpirationEvent): string {
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
