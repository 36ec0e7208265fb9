/**
 * Real clients that write to a real server until it is gone, and remember what they were promised. Each
 * has keys of its own, so what must be there afterwards does not depend on how they interleave.
 */

import { expect } from "chai";

import { connect, type RemoteStore } from "../../src/grpc/index.js";
import type { Store } from "../../src/kv/store.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";

/** A key is one of: known for certain, or in doubt between two because a call got no answer. */
interface Knowledge {
  /** Undefined: absent. */
  readonly certain: string | undefined;
  readonly doubtful?: { readonly value: string | undefined };
}

const KEYS_PER_WRITER = 50;

export class Writer {
  readonly #name: string;
  readonly #known = new Map<string, Knowledge>();
  #count = 0;
  #acknowledged = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Writes one call after the other until one fails. */
  async writeUntilGone(address: string): Promise<void> {
    const client = connect({ address });
    try {
      for (;;) await this.#writeOne(client);
    } catch {
      // The server is gone; what it had promised is in `known`.
    } finally {
      await client.close();
    }
  }

  /** Fails unless all that was promised is there, and settles what was in doubt. */
  async check(store: Store): Promise<void> {
    for (const [key, { certain, doubtful }] of this.#known) {
      const value = await valueOf(store, key);
      if (doubtful === undefined) expect(value, key).to.equal(certain);
      else expect([certain, doubtful.value], key).to.include(value);
      this.#known.set(key, { certain: value });
    }
    const listed = await listAllKeys(store, {
      range: { kind: "prefix", prefix: bytes(`${this.#name}/`) },
    });
    const present = [...this.#known].filter(([, { certain }]) => certain !== undefined);
    expect(listed).to.have.members(present.map(([key]) => key));
  }

  async #writeOne(client: RemoteStore): Promise<void> {
    const count = this.#count++;
    const key = `${this.#name}/${String(count % KEYS_PER_WRITER)}`;
    const { certain } = this.#known.get(key) ?? { certain: undefined };
    const value = count % 7 === 6 ? undefined : `${this.#name} wrote ${String(count)}`;
    this.#known.set(key, { certain, doubtful: { value } });
    if (value === undefined) await client.delete({ key: bytes(key) }, PATIENT);
    else await client.set(setOf(key, value), PATIENT);
    this.#known.set(key, { certain: value });
    this.#acknowledged += 1;
  }
}
