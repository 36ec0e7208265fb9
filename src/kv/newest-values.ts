/**
 * The newest values of keys that someone is about to change by what they hold. A value that was read from
 * disk may be an older one by the time it is there; so whoever sets such a key meanwhile leaves the new
 * value here. That keeps a key that is set all the time from being out of reach for ever.
 *
 * Bounded by the calls under way: it holds one value a key, for as long as a call wants it.
 */

import type { Revision } from "../base/index.js";
import type { StoredValue } from "../storage/index.js";

export class NewestValues {
  readonly #wanted = new Map<string, WantedValue>();

  /** Keeps the key's newest value from now on, until the result is disposed of. */
  want(key: Buffer): WantedValue {
    const name = key.toString("latin1");
    const wanted =
      this.#wanted.get(name) ??
      new WantedValue(() => {
        this.#wanted.delete(name);
      });
    this.#wanted.set(name, wanted);
    wanted.userCount++;
    return wanted;
  }

  /** The key was just given this value. */
  note(key: Buffer, value: StoredValue): void {
    if (this.#wanted.size > 0) this.#wanted.get(key.toString("latin1"))?.note(value);
  }
}

export class WantedValue implements Disposable {
  userCount = 0;
  readonly #onUnwanted: () => void;
  #newest: StoredValue | undefined;

  constructor(onUnwanted: () => void) {
    this.#onUnwanted = onUnwanted;
  }

  /** Of the value that is held. */
  get bytes(): number {
    return this.#newest?.value.length ?? 0;
  }

  /** The value of this revision, if it is known. */
  at(revision: Revision): StoredValue | undefined {
    return this.#newest?.revision === revision ? this.#newest : undefined;
  }

  /** Keeps a value, unless a newer one is known. */
  note(value: StoredValue): void {
    if (this.#newest === undefined || this.#newest.revision < value.revision) this.#newest = value;
  }

  [Symbol.dispose](): void {
    this.userCount--;
    if (this.userCount === 0) this.#onUnwanted();
  }
}

/** What one call wants, key by key as it comes to know that it does. */
export class WantedValues implements Disposable {
  readonly #values: NewestValues;
  readonly #wanted = new Map<string, WantedValue>();

  constructor(values: NewestValues) {
    this.#values = values;
  }

  /** The value of this revision of the key, if it is known here. */
  at(key: Buffer, revision: Revision): StoredValue | undefined {
    return this.#wanted.get(key.toString("latin1"))?.at(revision);
  }

  /** Of all values that are held for this call. */
  get bytes(): number {
    let bytes = 0;
    for (const wanted of this.#wanted.values()) bytes += wanted.bytes;
    return bytes;
  }

  /** Keeps the key's newest value from now on. */
  want(key: Buffer): WantedValue {
    const name = key.toString("latin1");
    const wanted = this.#wanted.get(name) ?? this.#values.want(key);
    this.#wanted.set(name, wanted);
    return wanted;
  }

  [Symbol.dispose](): void {
    for (const wanted of this.#wanted.values()) wanted[Symbol.dispose]();
  }
}
