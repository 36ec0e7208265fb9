/** What a range means: the stretch of keys to walk, and which keys in it are meant. */

import { invalidField, unreachable, type KeyOrder, type NameStretch } from "../base/index.js";
import { parseGlob } from "./glob.js";

/**
 * The keys that a call speaks of. An interval goes by the store's order of keys, includes its start and excludes
 * its end; empty is open. A prefix is a prefix in any order.
 */
export type KeyRange =
  | { readonly kind: "all" }
  | { readonly kind: "prefix"; readonly prefix: Buffer }
  | { readonly kind: "interval"; readonly start: Buffer; readonly end: Buffer }
  | { readonly kind: "glob"; readonly pattern: string };

/** Where the keys that are meant lie in the store's order, by their names; and which of those keys they are. */
export interface KeyStretch extends NameStretch {
  /** Whether all keys that lie there are meant. */
  readonly isExact: boolean;
  /** Whether a key is meant, wherever it lies. */
  readonly matches: (key: Buffer) => boolean;
  /** How many steps that takes at the most; see `Turns`. Absent: next to none. */
  readonly matchStepsMax?: (key: Buffer) => number;
  /** Every key that is meant begins so. */
  readonly prefix: Buffer;
}

const NO_PREFIX = Buffer.alloc(0);

const EVERYTHING = { start: undefined, end: undefined, isExact: true, prefix: NO_PREFIX } as const;

/** What it takes to make a byte of a key's name, in steps. */
const STEPS_PER_NAMED_BYTE = 8;

/** Throws INVALID_FIELD for a malformed glob and for an interval that ends before it begins. */
export function toStretch(range: KeyRange, order: KeyOrder): KeyStretch {
  switch (range.kind) {
    case "all":
      return { ...EVERYTHING, matches: () => true };
    case "prefix": {
      const { prefix } = range;
      return { ...order.stretchOf(prefix), prefix, matches: (key) => hasPrefix(key, prefix) };
    }
    case "interval":
      return stretchOfInterval(range, order);
    case "glob": {
      const glob = parseGlob(range.pattern);
      const prefix = Buffer.from(glob.literalPrefix);
      return {
        ...order.stretchOf(prefix),
        isExact: false,
        prefix,
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
  const stretch = { start, end, isExact: true, matches };
  if (order.id === "bytes") return { ...stretch, prefix: commonPrefix(range.start, range.end) };
  const matchStepsMax = (key: Buffer): number => key.length * STEPS_PER_NAMED_BYTE;
  return { ...stretch, prefix: NO_PREFIX, matchStepsMax };
}

/** Whatever lies between the two begins so, too. An open end has nothing in common with anything. */
function commonPrefix(start: Buffer, end: Buffer): Buffer {
  let length = 0;
  while (length < end.length && start[length] === end[length]) length++;
  return start.subarray(0, length);
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
