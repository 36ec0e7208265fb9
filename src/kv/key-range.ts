/** What a range means: the stretch of keys to walk, and which keys in it are meant. */

import { invalidField, unreachable, type KeyOrder, type NameStretch } from "../base/index.js";
import { parseGlob } from "./glob.js";
import type { KeyRange } from "./store.js";

/** Where the keys that are meant lie in the store's order, by their names; and which of those keys they are. */
export interface KeyStretch extends NameStretch {
  /** Whether all keys that lie there are meant. */
  readonly isExact: boolean;
  /** Whether a key is meant, wherever it lies. */
  readonly matches: (key: Buffer) => boolean;
  /** How many steps that takes at the most; see `Turns`. Absent: next to none. */
  readonly matchStepsMax?: (key: Buffer) => number;
}

/** What it takes to make a byte of a key's name, in steps. */
const STEPS_PER_NAMED_BYTE = 8;

/** Throws INVALID_FIELD for a malformed glob and for an interval that ends before it begins. */
export function toStretch(range: KeyRange, order: KeyOrder): KeyStretch {
  switch (range.kind) {
    case "all":
      return { start: undefined, end: undefined, isExact: true, matches: () => true };
    case "prefix": {
      const { prefix } = range;
      return { ...order.stretchOf(prefix), matches: (key) => hasPrefix(key, prefix) };
    }
    case "interval":
      return stretchOfInterval(range, order);
    case "glob": {
      const glob = parseGlob(range.pattern);
      const prefix = Buffer.from(glob.literalPrefix);
      return {
        ...order.stretchOf(prefix),
        isExact: false,
        matches: (key) => hasPrefix(key, prefix) && glob.matches(key.toString("utf8")),
        matchStepsMax: (key) => (hasPrefix(key, prefix) ? glob.stepsMax(key.length) : 0),
      };
    }
    default:
      return unreachable(range);
  }
}

function stretchOfInterval(
  range: Extract<KeyRange, { readonly kind: "interval" }>,
  order: KeyOrder,
): KeyStretch {
  const start = range.start.length === 0 ? undefined : order.nameOf(range.start);
  const end = range.end.length === 0 ? undefined : order.nameOf(range.end);
  if (start !== undefined && end !== undefined && start.compare(end) > 0) {
    throw invalidField("range.interval.end", "comes before range.interval.start");
  }
  const matches = (key: Buffer): boolean => {
    const name = order.nameOf(key);
    return (
      (start === undefined || name.compare(start) >= 0) &&
      (end === undefined || name.compare(end) < 0)
    );
  };
  if (order.id === "bytes") return { start, end, isExact: true, matches };
  const matchStepsMax = (key: Buffer): number => key.length * STEPS_PER_NAMED_BYTE;
  return { start, end, isExact: true, matches, matchStepsMax };
}

/** What of the stretch comes after the key, in the direction of a walk. */
export function restOf(
  stretch: KeyStretch,
  key: Buffer,
  { order, isDescending }: { readonly order: KeyOrder; readonly isDescending: boolean },
): KeyStretch {
  const name = order.nameOf(key);
  if (isDescending) return { ...stretch, end: name };
  return { ...stretch, start: Buffer.concat([name, Buffer.alloc(1)]) };
}

function hasPrefix(key: Buffer, prefix: Buffer): boolean {
  return key.subarray(0, prefix.length).equals(prefix);
}

/** Tells one range from another, for tokens that belong to one. */
export function describeRange(range: KeyRange): string {
  switch (range.kind) {
    case "all":
      return "all";
    case "prefix":
      return `prefix ${range.prefix.toString("hex")}`;
    case "interval":
      return `interval ${range.start.toString("hex")} ${range.end.toString("hex")}`;
    case "glob":
      return `glob ${range.pattern}`;
    default:
      return unreachable(range);
  }
}
