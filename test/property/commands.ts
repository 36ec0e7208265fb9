/**
 * What may be done to a store and to the model of it, one after the other, with the same outcome. Time is the
 * store's own: the model takes it from there. Revisions may differ, because the store chooses in which
 * transactions it expires what is due; what each stands for may not.
 */

import { expect } from "chai";
import type fc from "fast-check";

import { timeMs, type Revision, type TimeMs } from "../../src/base/index.js";
import type { Entry, ExpirationChoice, KeyRange, SetCommand, Store } from "../../src/kv/index.js";
import { bytes, listAllKeys, pageOf, PATIENT, setOf } from "../support/calls.js";
import type { ManualClock } from "../support/manual-clock.js";
import type { ModelStore } from "../support/model-store.js";
import { scanAll } from "../support/scans.js";
import type { Loss } from "../support/power-cut.js";

/** The store under test, which can be closed, cut off and opened again. */
export interface Real {
  readonly store: Store;
  readonly clock: ManualClock;
  readonly reopen: (downMs: number) => Promise<void>;
  readonly crash: (loss: Loss, downMs: number) => Promise<void>;
}

/** The model, and what its revisions are in the store. */
export interface Model {
  readonly store: ModelStore;
  readonly revisions: Map<number, number>;
  timeMs: TimeMs;
}

export type Command = fc.AsyncCommand<Model, Real>;

/** When a key shall expire, in words that do not depend on the time when they were chosen. */
export type Expiration =
  { readonly kind: "none" | "keep" } | { readonly kind: "ttl" | "at"; readonly ms: number };

export abstract class StoreCommand implements Command {
  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const { logicalTimeMs } = await real.store.status();
    expect(logicalTimeMs, "logical time goes on").to.be.at.least(model.timeMs);
    model.timeMs = logicalTimeMs;
    await this.act(model, real);
  }

  abstract act(model: Model, real: Real): Promise<void>;

  abstract toString(): string;
}

export function choiceOf(expiration: Expiration, model: Model): ExpirationChoice {
  if (expiration.kind === "ttl") return { kind: "ttl", ttlMs: expiration.ms };
  if (expiration.kind === "at") {
    return { kind: "at", deadlineMs: timeMs(model.timeMs + expiration.ms) };
  }
  return { kind: expiration.kind };
}

export class SetKey extends StoreCommand {
  readonly #key: string;
  readonly #value: string;
  readonly #expiration: Expiration;

  constructor(key: string, value: string, expiration: Expiration) {
    super();
    this.#key = key;
    this.#value = value;
    this.#expiration = expiration;
  }

  async act(model: Model, real: Real): Promise<void> {
    const expiration = choiceOf(this.#expiration, model);
    const command = setOf(this.#key, this.#value, { expiration });
    const wanted = await model.store.set(command, PATIENT);
    const got = await real.store.set(command, PATIENT);
    expect(got.deadlineMs).to.equal(wanted.deadlineMs);
    model.revisions.set(wanted.revision, got.revision);
  }

  toString(): string {
    return `set ${this.#key} ${JSON.stringify(this.#value)} ${JSON.stringify(this.#expiration)}`;
  }
}

/** Sets that are under way together. They may commit in any order, so the model follows the store's. */
export class SetTogether extends StoreCommand {
  readonly #keys: readonly string[];
  readonly #value: string;

  constructor(keys: readonly string[], value: string) {
    super();
    this.#keys = keys;
    this.#value = value;
  }

  async act(model: Model, real: Real): Promise<void> {
    const made = this.#keys.map(async (key, index) => {
      const command: SetCommand = setOf(key, `${this.#value}${String(index)}`);
      return { command, result: await real.store.set(command, PATIENT) };
    });
    const inOrder = (await Promise.all(made)).sort((a, b) => a.result.revision - b.result.revision);
    for (const { command, result } of inOrder) {
      const wanted = await model.store.set(command, PATIENT);
      model.revisions.set(wanted.revision, result.revision);
    }
  }

  toString(): string {
    const { length } = this.#keys;
    return `set together ${length > 10 ? String(length) : ""} ${this.#keys.slice(0, 10).join(", ")}`;
  }
}

/** Deletes that are under way together, of keys that may be absent. */
export class DeleteTogether extends StoreCommand {
  readonly #keys: readonly string[];

  constructor(keys: readonly string[]) {
    super();
    this.#keys = keys;
  }

  async act(model: Model, real: Real): Promise<void> {
    const made = this.#keys.map(async (key) => ({
      key,
      result: await real.store.delete({ key: bytes(key) }, PATIENT),
    }));
    const inOrder = (await Promise.all(made)).sort((a, b) => a.result.revision - b.result.revision);
    for (const { key, result } of inOrder) {
      const wanted = await model.store.delete({ key: bytes(key) }, PATIENT);
      expect(result.deleted, key).to.equal(wanted.deleted);
      if (result.deleted) model.revisions.set(wanted.revision, result.revision);
    }
  }

  toString(): string {
    return `delete together ${String(this.#keys.length)} from ${this.#keys[0] ?? ""}`;
  }
}

export class GetKey extends StoreCommand {
  readonly #key: string;

  constructor(key: string) {
    super();
    this.#key = key;
  }

  async act(model: Model, real: Real): Promise<void> {
    await compareKey(this.#key, model, real);
  }

  toString(): string {
    return `get ${this.#key}`;
  }
}

export class DeleteKey extends StoreCommand {
  readonly #key: string;

  constructor(key: string) {
    super();
    this.#key = key;
  }

  async act(model: Model, real: Real): Promise<void> {
    const wanted = await model.store.delete({ key: bytes(this.#key) }, PATIENT);
    const got = await real.store.delete({ key: bytes(this.#key) }, PATIENT);
    expect(got.deleted).to.equal(wanted.deleted);
    if (got.deleted) model.revisions.set(wanted.revision, got.revision);
  }

  toString(): string {
    return `delete ${this.#key}`;
  }
}

export class TouchKey extends StoreCommand {
  readonly #key: string;
  readonly #expiration: Expiration;

  constructor(key: string, expiration: Expiration) {
    super();
    this.#key = key;
    this.#expiration = expiration;
  }

  async act(model: Model, real: Real): Promise<void> {
    const expiration = choiceOf(this.#expiration, model);
    if (expiration.kind === "keep") return;
    const command = { key: bytes(this.#key), expiration };
    const wanted = await model.store.touch(command, PATIENT);
    const got = await real.store.touch(command, PATIENT);
    expect({ ...got, revision: 0 }).to.deep.equal({ ...wanted, revision: 0 });
    if (got.touched) model.revisions.set(wanted.revision, got.revision);
  }

  toString(): string {
    return `touch ${this.#key} ${JSON.stringify(this.#expiration)}`;
  }
}

export class ListRange extends StoreCommand {
  readonly #range: KeyRange;
  readonly #page: { readonly pageSize: number; readonly descending: boolean };

  constructor(range: KeyRange, page: { readonly pageSize: number; readonly descending: boolean }) {
    super();
    this.#range = range;
    this.#page = page;
  }

  async act(model: Model, real: Real): Promise<void> {
    const query = { range: this.#range, ...this.#page };
    expect(await listAllKeys(real.store, query)).to.deep.equal(
      await listAllKeys(model.store, query),
    );
    const count = pageOf({ range: this.#range, countOnly: true });
    const wanted = await model.store.listKeys(count, PATIENT);
    expect((await real.store.listKeys(count, PATIENT)).totalSize).to.equal(wanted.totalSize);
  }

  toString(): string {
    return `list ${JSON.stringify(this.#range)} ${JSON.stringify(this.#page)}`;
  }
}

export class CompactStore extends StoreCommand {
  async act(model: Model, real: Real): Promise<void> {
    const report = await real.store.compact(PATIENT);
    expect(report.damagedSegments).to.equal(0);
    await compareAll(model, real);
  }

  toString(): string {
    return "compact";
  }
}

export class TakeSnapshot extends StoreCommand {
  async act(model: Model, real: Real): Promise<void> {
    const wanted = await model.store.snapshot(PATIENT);
    const got = await real.store.snapshot(PATIENT);
    expect(got.keyCount).to.equal(wanted.keyCount);
  }

  toString(): string {
    return "snapshot";
  }
}

/** Time goes by, with its timers or without, or the wall clock jumps. */
export class MoveClock extends StoreCommand {
  readonly #how: "advance" | "pass" | "step";
  readonly #ms: number;

  constructor(how: "advance" | "pass" | "step", ms: number) {
    super();
    this.#how = how;
    this.#ms = ms;
  }

  async act(_model: Model, { clock }: Real): Promise<void> {
    if (this.#how === "advance") await clock.advance(this.#ms);
    else if (this.#how === "pass") clock.pass(this.#ms);
    else clock.stepWall(this.#ms);
  }

  toString(): string {
    return `${this.#how} ${String(this.#ms)}`;
  }
}

/** The store goes down, in order or not, and comes back with everything that was acknowledged. */
export class Restart extends StoreCommand {
  readonly #loss: Loss | undefined;
  readonly #downMs: number;

  constructor(loss: Loss | undefined, downMs: number) {
    super();
    this.#loss = loss;
    this.#downMs = downMs;
  }

  async act(model: Model, real: Real): Promise<void> {
    // What is due and was shown to nobody may yet be shown, should the clock have stepped back.
    await compareAll(model, real);
    if (this.#loss === undefined) await real.reopen(this.#downMs);
    else await real.crash(this.#loss, this.#downMs);
    model.timeMs = (await real.store.status()).logicalTimeMs;
    for (const entry of model.store.entries()) {
      expect(model.timeMs, "no write lies in the future").to.be.at.least(entry.updateTimeMs);
    }
    await compareAll(model, real);
  }

  toString(): string {
    const how = this.#loss === undefined ? "reopen" : `crash ${JSON.stringify(this.#loss)}`;
    return `${how} after ${String(this.#downMs)} ms`;
  }
}

/** Fails unless the store and the model hold the same keys, and the same of each. */
export async function compareAll(model: Model, real: Real): Promise<void> {
  const keys = await listAllKeys(model.store);
  expect(await listAllKeys(real.store)).to.deep.equal(keys);
  for (const key of keys) await compareKey(key, model, real);
  const { entries: wanted } = await scanAll(model.store);
  const { entries: got } = await scanAll(real.store);
  expect(got, "a scan").to.deep.equal(wanted.map((entry) => inTermsOf(model, entry)));
}

async function compareKey(key: string, model: Model, real: Real): Promise<void> {
  const { entry: wanted } = await model.store.get(bytes(key), PATIENT);
  const { entry: got } = await real.store.get(bytes(key), PATIENT);
  expect(got, key).to.deep.equal(wanted === undefined ? undefined : inTermsOf(model, wanted));
}

export function inTermsOf({ revisions }: Model, entry: Entry): Entry {
  const known = (revision: Revision): Revision => {
    const found = revisions.get(revision);
    if (found === undefined) throw new Error(`nobody knows of revision ${String(revision)}`);
    return found as Revision;
  };
  return {
    ...entry,
    revision: known(entry.revision),
    createRevision: known(entry.createRevision),
  };
}
