/** FNV-1a over the eight bytes of a number, as YCSB spreads its keys with it (site.ycsb.Utils.fnvhash64). */

const BASIS_HIGH = 0xcbf29ce4;
const BASIS_LOW = 0x84222325;
/** The prime is 2^40 + 0x1b3. */
const PRIME_LOW = 0x1b3;
const PRIME_HIGH_SHIFT = 8;
const OCTETS = 8;
const TWO_32 = 2 ** 32;

/** A hash as two halves, of which the upper one has no sign bit: YCSB takes the absolute value. */
export interface Hash {
  readonly high: number;
  readonly low: number;
}

/** Of a whole number from 0 to 2^53 - 1. In halves, since a BigInt costs more than what is measured. */
export function fnvHash64(value: number): Hash {
  let high = BASIS_HIGH;
  let low = BASIS_LOW;
  let rest = value;
  for (let octet = 0; octet < OCTETS; octet += 1) {
    low = (low ^ (rest % 256)) >>> 0;
    rest = Math.floor(rest / 256);
    const product = low * PRIME_LOW;
    high = (high * PRIME_LOW + Math.floor(product / TWO_32) + low * 2 ** PRIME_HIGH_SHIFT) % TWO_32;
    low = product % TWO_32;
  }
  return high < TWO_32 / 2 ? { high, low } : negated({ high, low });
}

function negated({ high, low }: Hash): Hash {
  const lowNegated = low === 0 ? 0 : TWO_32 - low;
  return { high: (TWO_32 - high - (low === 0 ? 0 : 1)) % TWO_32, low: lowNegated };
}

/** The remainder by a number of at most 2^21, exactly. */
export function remainder({ high, low }: Hash, by: number): number {
  return ((high % by) * TWO_32 + low) % by;
}

/** All digits of the hash. */
export function digitsOf({ high, low }: Hash): string {
  return (BigInt(high) * BigInt(TWO_32) + BigInt(low)).toString();
}
