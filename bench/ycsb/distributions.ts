/**
 * How keys are drawn, as YCSB draws them (Cooper et al., "Benchmarking cloud serving systems with YCSB", 2010). All of
 * them give whole numbers from 0 to `count` - 1.
 *
 * - uniform: each as likely as any other.
 * - zipfian: 0 is the likeliest; number k has the chance (k + 1)^-0.99 / zeta(count, 0.99).
 * - scrambled: the same, but which number is how likely is spread by a hash over all of them.
 * - latest: the newest record is the likeliest, those before it by Zipf's law.
 */

import type { Chance } from "../pipeline/chance.js";
import { fnvHash64, remainder } from "./fnv.js";

export const ZIPF_CONSTANT = 0.99;
const TWO_32 = 2 ** 32;

/** YCSB scrambles numbers of a range that is always this large, so that records that are added change nothing. */
const SCRAMBLED_COUNT = 10_000_000_000;
/** zeta of that count, as YCSB has it: to add it up would take minutes. */
const SCRAMBLED_ZETA = 26.46902820178302;

/** What the remainder of a hash is exact for. */
export const SCRAMBLED_BELOW_MAX = 2 ** 21;

/** From 0 up to 1, without 1. */
function fractionBy(chance: Chance): number {
  return chance.below(TWO_32) / TWO_32;
}

/** The sum of k^-0.99 from `from` + 1 to `to`. */
export function zetaBetween(from: number, to: number): number {
  let sum = 0;
  for (let rank = from + 1; rank <= to; rank += 1) sum += rank ** -ZIPF_CONSTANT;
  return sum;
}

/** The method of Gray et al., "Quickly generating billion-record synthetic databases", 1994. */
export class Zipfian {
  readonly #chance: Chance;
  #count: number;
  #zeta: number;

  constructor(chance: Chance, count: number, zeta = zetaBetween(0, count)) {
    this.#chance = chance;
    this.#count = count;
    this.#zeta = zeta;
  }

  /** Over more numbers than before, if there are. */
  grow(count: number): void {
    if (count <= this.#count) return;
    this.#zeta += zetaBetween(this.#count, count);
    this.#count = count;
  }

  next(): number {
    const fraction = fractionBy(this.#chance);
    const scaled = fraction * this.#zeta;
    if (scaled < 1) return 0;
    if (scaled < 1 + 0.5 ** ZIPF_CONSTANT) return 1;
    const zetaOfTwo = 1 + 2 ** -ZIPF_CONSTANT;
    const eta = (1 - (2 / this.#count) ** (1 - ZIPF_CONSTANT)) / (1 - zetaOfTwo / this.#zeta);
    const rank = this.#count * (eta * fraction - eta + 1) ** (1 / (1 - ZIPF_CONSTANT));
    return Math.min(this.#count - 1, Math.floor(rank));
  }
}

/** `below` may differ from call to call, and is at most `SCRAMBLED_BELOW_MAX`. */
export class ScrambledZipfian {
  readonly #zipfian: Zipfian;

  constructor(chance: Chance) {
    this.#zipfian = new Zipfian(chance, SCRAMBLED_COUNT, SCRAMBLED_ZETA);
  }

  next(below: number): number {
    return remainder(fnvHash64(this.#zipfian.next()), below);
  }
}

export class Latest {
  readonly #zipfian: Zipfian;

  constructor(chance: Chance, count: number) {
    this.#zipfian = new Zipfian(chance, count);
  }

  /** Of `count` records, the last of which is the newest. It never shrinks. */
  next(count: number): number {
    this.#zipfian.grow(count);
    return count - 1 - this.#zipfian.next();
  }
}
