/** The orders of keys as one would explain them: each says which of two keys comes first. */

import type { KeyOrderName } from "../../src/base/index.js";

type Compare = (left: Buffer, right: Buffer) => number;

const COMPARE: Readonly<Record<KeyOrderName, Compare>> = {
  bytes: (left, right) => Buffer.compare(left, right),
  reverse: (left, right) => Buffer.compare(right, left),
  natural: (left, right) => compareNaturally(left, right) || Buffer.compare(left, right),
  "case-insensitive": (left, right) =>
    Buffer.compare(inSmallLetters(left), inSmallLetters(right)) || Buffer.compare(left, right),
};

/** Below zero: the left key comes first. */
export function comparatorOf(order: KeyOrderName): Compare {
  return COMPARE[order];
}

function inSmallLetters(key: Buffer): Buffer {
  const text = key.toString("latin1").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return Buffer.from(text, "latin1");
}

/** Part by part: numbers by what they are, other bytes as they are, and a number as a digit beside them. */
function compareNaturally(left: Buffer, right: Buffer): number {
  const leftParts = partsOf(left);
  const rightParts = partsOf(right);
  for (let index = 0; index < Math.min(leftParts.length, rightParts.length); index++) {
    const one = leftParts[index] ?? "";
    const other = rightParts[index] ?? "";
    if (isNumber(one) && isNumber(other)) {
      const [a, b] = [BigInt(one), BigInt(other)];
      if (a !== b) return a < b ? -1 : 1;
    } else {
      const order = one.charCodeAt(0) - other.charCodeAt(0);
      if (order !== 0) return order;
    }
  }
  return leftParts.length - rightParts.length;
}

function partsOf(key: Buffer): readonly string[] {
  return key.toString("latin1").match(/[0-9]+|[^0-9]/g) ?? [];
}

function isNumber(part: string): boolean {
  return /^[0-9]/.test(part);
}
