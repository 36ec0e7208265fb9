/** What a client among many asks for: whatever comes to its mind, of keys that all share. */

import type { KeyAsk } from "../linearizability/key-model.js";
import type { Random } from "../support/random.js";

/** Shared by all, so that calls meet; enough of them that a check stays quick. */
export const KEYS: readonly string[] = Array.from(
  { length: 48 },
  (_, index) => `shared/${String(index)}`,
);

/** Most values are small; some fill a segment soon. */
const PADDING_BYTES_MAX = 8192;

export class Asker {
  readonly #name: string;
  readonly #random: Random;
  #count = 0;

  constructor(name: string, random: Random) {
    this.#name = name;
    this.#random = random;
  }

  key(): string {
    return this.#random.pick(KEYS);
  }

  ask(): KeyAsk {
    const random = this.#random;
    const choice = random.below(20);
    if (choice < 8) return { kind: "get" };
    if (choice < 10) return { kind: "delete" };
    if (choice < 12) {
      const ttlMs = random.coin() ? 1 + random.below(2000) : 3_600_000;
      return {
        kind: "touch",
        expiration: random.coin() ? { kind: "none" } : { kind: "ttl", ttlMs },
      };
    }
    return { kind: "set", value: this.#value(), expiration: this.#expiration() };
  }

  /** Unlike any other; what follows the name is told by the name. */
  #value(): string {
    const paddingBytes = this.#random.oneIn(8) ? this.#random.below(PADDING_BYTES_MAX) : 0;
    return `${this.#name}-${String(this.#count++)}-${String(paddingBytes)}`;
  }

  #expiration(): (KeyAsk & { kind: "set" })["expiration"] {
    const random = this.#random;
    if (random.below(10) < 6) return { kind: "none" };
    if (random.oneIn(4)) return { kind: "keep" };
    return { kind: "ttl", ttlMs: random.coin() ? 1 + random.below(2000) : 3_600_000 };
  }
}
