/**
 * What a store has promised a caller whose calls may fail: of each key either what it is, or between
 * which two states a call that got no answer has left it.
 */

import { expect } from "chai";

import { isKvError, KvError } from "../../src/base/index.js";
import type { Store } from "../../src/kv/store.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { pipelined } from "../support/pipelined-store.js";
import type { Random } from "../support/random.js";

/** The states that a key may be in; undefined is absent. One where its last call was answered. */
type Possible = readonly (string | undefined)[];

/** Codes that say for sure that nothing was changed. */
const REFUSALS: readonly string[] = ["NO_SPACE", "OVERLOADED", "QUOTA", "DRAINING"];

export interface Tally {
  acknowledged: number;
  refused: number;
  failed: number;
}

export class Promises {
  readonly tally: Tally = { acknowledged: 0, refused: 0, failed: 0 };
  readonly #possible = new Map<string, Possible>();
  readonly #random: Random;
  readonly #options: { readonly keyCount: number; readonly valueBytesMax: number };
  /** Keys with a call under way: what two calls at once leave of a key is for others to test. */
  readonly #busy = new Set<string>();
  #count = 0;

  constructor(
    random: Random,
    options: { readonly keyCount: number; readonly valueBytesMax: number },
  ) {
    this.#random = random;
    this.#options = options;
  }

  /** Sets or deletes a key by chance, by a call or through a pipeline, and remembers what that promises. */
  async change(by: Store): Promise<void> {
    const store = this.#random.coin() ? pipelined(by) : by;
    const { valueBytesMax } = this.#options;
    const key = this.#freeKey();
    const text = `${String(this.#count++)}:`;
    const value = this.#random.oneIn(5)
      ? undefined
      : text.padEnd(text.length + this.#random.below(valueBytesMax), "v");
    const before = this.#possible.get(key) ?? [undefined];
    this.#possible.set(key, [...before, value]);
    this.#busy.add(key);
    try {
      if (value === undefined) await store.delete({ key: bytes(key) }, PATIENT);
      else await store.set(setOf(key, value), PATIENT);
      this.#possible.set(key, [value]);
      this.tally.acknowledged += 1;
    } catch (error) {
      if (!(error instanceof KvError)) throw error;
      if (REFUSALS.includes(error.code)) this.#possible.set(key, before);
      this.tally[REFUSALS.includes(error.code) ? "refused" : "failed"] += 1;
    } finally {
      this.#busy.delete(key);
    }
  }

  /** Fails if a read gives anything but what the key may be; a read that fails is no lie. */
  async readAll(store: Store): Promise<void> {
    for (const [key, possible] of this.#possible) {
      try {
        expect(possible, key).to.include(await valueOf(store, key));
      } catch (error) {
        if (!(error instanceof KvError)) throw error;
      }
    }
  }

  /** Fails unless the store keeps every promise; there is no excuse any more. */
  async check(store: Store): Promise<void> {
    const listed = await listAllKeys(store);
    for (const [key, possible] of this.#possible) {
      const value = await valueOf(store, key);
      expect(possible, key).to.include(value);
      expect(listed.includes(key), `${key} is listed`).to.equal(value !== undefined);
      this.#possible.set(key, [value]);
    }
  }

  /**
   * Fails if a key has a value that it may not have, or is absent and may not be. How many keys the store says
   * it cannot read, as damage: that is no lie.
   */
  async countReported(store: Store): Promise<number> {
    const listed = new Set(await listAllKeys(store));
    let reported = 0;
    for (const [key, possible] of this.#possible) {
      if (!listed.has(key)) expect(possible, `${key}, which is absent`).to.include(undefined);
      try {
        expect(possible, key).to.include(await valueOf(store, key));
      } catch (error) {
        if (!isKvError(error, "CORRUPT")) throw error;
        reported += 1;
      }
    }
    return reported;
  }

  #freeKey(): string {
    const { keyCount } = this.#options;
    if (this.#busy.size >= keyCount) throw new Error("more calls at once than there are keys");
    for (let number = this.#random.below(keyCount); ; number = (number + 1) % keyCount) {
      const key = `key ${String(number)}`;
      if (!this.#busy.has(key)) return key;
    }
  }
}
