/** What a range means: the stretch of keys to walk, and which keys in it are meant. */

import { invalidField, unreachable } from "../base/index.js";
import { parseGlob } from "./glob.js";
import type { KeyRange } from "./store.js";

export interface KeyStretch {
  /** The lowest key, included; absent: from the first. */
  readonly start: Buffer | undefined;
  /** The highest key, excluded; absent: to the last. */
  readonly end: Buffer | undefined;
  /** Whether a key of the stretch is meant. */
  readonly matches: (key: Buffer) => boolean;
  /** How many steps that takes at the most; see `Turns`. Absent: next to none. */
  readonly matchStepsMax?: (key: Buffer) => number;
}

const matchesAll = (): boolean => true;

/** Throws INVALID_FIELD for a malformed glob and for an interval that ends before it begins. */
export function toStretch(range: KeyRange): KeyStretch {
  switch (range.kind) {
    case "all":
      return { start: undefined, end: undefined, matches: matchesAll };
    case "prefix":
      return { ...stretchOfPrefix(range.prefix), matches: matchesAll };
    case "interval": {
      const { start, end } = range;
      if (end.length > 0 && start.compare(end) > 0) {
        throw invalidField("range.interval.end", "comes before range.interval.start");
      }
      return {
        start: start.length === 0 ? undefined : start,
        end: end.length === 0 ? undefined : end,
        matches: matchesAll,
      };
    }
    case "glob": {
      const glob = parseGlob(range.pattern);
      return {
        ...stretchOfPrefix(Buffer.from(glob.literalPrefix)),
        matches: (key) => glob.matches(key.toString("utf8")),
        matchStepsMax: (key) => glob.stepsMax(key.length),
      };
    }
    default:
      return unreachable(range);
  }
}

/** Whether a key is in the stretch and meant. */
export function isInStretch(stretch: KeyStretch, key: Buffer): boolean {
  return isWithinBounds(stretch, key) && stretch.matches(key);
}

/** How many steps it takes at the most to tell whether a key is in the stretch and meant. */
export function stepsToTell(stretch: KeyStretch, key: Buffer): number {
  if (stretch.matchStepsMax === undefined || !isWithinBounds(stretch, key)) return 0;
  return stretch.matchStepsMax(key);
}

function isWithinBounds({ start, end }: KeyStretch, key: Buffer): boolean {
  if (start !== undefined && key.compare(start) < 0) return false;
  return end === undefined || key.compare(end) < 0;
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

function stretchOfPrefix(prefix: Buffer): Pick<KeyStretch, "start" | "end"> {
  return { start: prefix.length === 0 ? undefined : prefix, end: successorOf(prefix) };
}

/** The lowest key above every key with the prefix; undefined: there is none. */
function successorOf(prefix: Buffer): Buffer | undefined {
  const last = prefix.findLastIndex((byte) => byte !== 0xff);
  if (last === -1) return undefined;
  const successor = Buffer.from(prefix.subarray(0, last + 1));
  successor.writeUInt8(successor.readUInt8(last) + 1, last);
  return successor;
}
