/** What a run asks for, by chance: keys that come again and again, values that are all different, deadlines that come soon. */

import type { ExpirationChoice } from "../../src/kv/index.js";
import type { Random } from "../support/random.js";

const KEY_COUNT = 12;
const TTL_MS_MAX = 60;

export interface ChoicesOptions {
  /** Longest value in bytes; together with the size of a segment it decides how often the log rotates. */
  readonly valueBytesMax: number;
  /**
   * One key in so many gets a deadline. Default: every other. Where few do, compaction leaves an old segment alone for
   * longer: it would take one that holds up many bytes of tombstones, and an expiration tells of a value.
   */
  readonly expiringOneIn?: number;
  /** How much of a value no codec makes smaller. Absent: nothing of it. */
  readonly noiseShare?: number;
}

export class Choices {
  readonly #random: Random;
  readonly #options: ChoicesOptions;
  #valueCount = 0;
  #callCount = 0;

  constructor(random: Random, options: ChoicesOptions) {
    this.#random = random;
    this.#options = options;
  }

  /** Such keys come in another order in each of the orders of keys. */
  key(): string {
    const number = this.#random.below(KEY_COUNT);
    return `${number % 3 === 0 ? "Key" : "key"} ${String(number)}`;
  }

  keys(countMax: number): ReadonlySet<string> {
    const keys = new Set<string>();
    for (let count = this.#random.below(countMax); count >= 0; count -= 1) keys.add(this.key());
    return keys;
  }

  /** No two values of a run are the same. */
  value(bytesMax = this.#options.valueBytesMax): string {
    const text = `${String(this.#valueCount++)}:`;
    const length = this.#random.below(bytesMax);
    const { noiseShare = 0 } = this.#options;
    const noise = this.#random.bytes(Math.floor((length * noiseShare) / 2)).toString("hex");
    return `${text}${noise}`.padEnd(text.length + length, "v");
  }

  expiration(): Exclude<ExpirationChoice, { kind: "keep" }> {
    const ttlMs = this.ttlMs();
    return ttlMs === 0 ? { kind: "none" } : { kind: "ttl", ttlMs };
  }

  expirationOrKeep(): ExpirationChoice {
    return this.#random.oneIn(8) ? { kind: "keep" } : this.expiration();
  }

  /** 0: none. */
  ttlMs(): number {
    return this.#random.oneIn(this.#options.expiringOneIn ?? 2)
      ? 1 + this.#random.below(TTL_MS_MAX)
      : 0;
  }

  requestId(): string {
    return `call ${String(this.#callCount++)}`;
  }
}
