/** Keys and choices of them, the same for the same seed. */

import { KEY_BYTES } from "./options.js";

/** 0 to 2^32 - 1: a 32-bit mix of a Weyl sequence. */
function uint32Source(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
}

const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/** All keys, one behind the other: letters and digits, so that they are as long as strings. Two may be equal by a chance of one in 2^50. */
export function randomKeys(count: number, seed: number): Buffer {
  const next = uint32Source(seed);
  const keys = Buffer.alloc(count * KEY_BYTES);
  for (let at = 0; at < keys.length; at += 4) {
    const bits = next();
    for (let byte = 0; byte < 4; byte++) {
      keys[at + byte] = DIGITS.charCodeAt((bits >>> (byte * 8)) & 63);
    }
  }
  return keys;
}

export function uniformChoices(count: number, below: number, seed: number): Uint32Array {
  const next = uint32Source(seed);
  return new Uint32Array(count).map(() => Math.floor((next() / 2 ** 32) * below));
}

/**
 * Choices of which the first is the likeliest, the second half as likely or so: Zipf's law, drawn as in Gray
 * et al., "Quickly generating billion-record synthetic databases", 1994.
 */
export function zipfChoices(count: number, below: number, seed: number): Uint32Array {
  const next = uint32Source(seed);
  const theta = 0.99;
  const zeta = zetaOf(below, theta);
  const alpha = 1 / (1 - theta);
  const eta = (1 - (2 / below) ** (1 - theta)) / (1 - zetaOf(2, theta) / zeta);
  return new Uint32Array(count).map(() => {
    const chance = next() / 2 ** 32;
    const scaled = chance * zeta;
    if (scaled < 1) return 0;
    if (scaled < 1 + 0.5 ** theta) return 1;
    return Math.min(below - 1, Math.floor(below * (eta * chance - eta + 1) ** alpha));
  });
}

function zetaOf(count: number, theta: number): number {
  let sum = 0;
  for (let rank = 1; rank <= count; rank++) sum += rank ** -theta;
  return sum;
}
