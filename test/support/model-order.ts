/**
 * The orders of keys as one would explain them: each says which of two keys comes first. A name is a key with one
 * character a byte.
 */

import type { KeyOrderName } from "../../src/base/index.js";

type Compare = (left: string, right: string) => number;

const COMPARE: Readonly<Record<KeyOrderName, Compare>> = {
  bytes: compareBytes,
  reverse: (left, right) => compareBytes(right, left),
  natural: (left, right) => compareNaturally(left, right) || compareBytes(left, right),
  "case-insensitive": (left, right) =>
    compareBytes(inSmallLetters(left), inSmallLetters(right)) || compareBytes(left, right),
};

/** Below zero: the left key comes first. */
export function comparatorOf(order: KeyOrderName): (left: Buffer, right: Buffer) => number {
  const compare = COMPARE[order];
  return (left, right) => compare(left.toString("latin1"), right.toString("latin1"));
}

/** The same of names. */
export function nameComparatorOf(order: KeyOrderName): Compare {
  return COMPARE[order];
}

function compareBytes(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function inSmallLetters(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Part by part: numbers by what they are, other bytes as they are, and a number as a digit beside them. */
function compareNaturally(left: string, right: string): number {
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

function partsOf(name: string): readonly string[] {
  return name.match(/[0-9]+|[^0-9]/g) ?? [];
}

function isNumber(part: string): boolean {
  return /^[0-9]/.test(part);
}
