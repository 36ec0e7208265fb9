/** Which keys a range speaks of, as the model sees it. */

import { invalidField, type KeyOrderName } from "../../src/base/index.js";
import type { KeyRange } from "../../src/kv/store.js";
import { globMatcher } from "./model-glob.js";
import { comparatorOf } from "./model-order.js";

/** The key with one character a byte. */
export function nameOf(key: Buffer): string {
  return key.toString("latin1");
}

export function rangeName(range: KeyRange): string {
  if (range.kind === "all") return "all";
  if (range.kind === "prefix") return `prefix ${range.prefix.toString("hex")}`;
  if (range.kind === "glob") return `glob ${range.pattern}`;
  return `interval ${range.start.toString("hex")} ${range.end.toString("hex")}`;
}

export function rangeMatcher(range: KeyRange, order: KeyOrderName): (key: Buffer) => boolean {
  if (range.kind === "all") return () => true;
  if (range.kind === "prefix") {
    return (key) => key.subarray(0, range.prefix.length).equals(range.prefix);
  }
  if (range.kind === "interval") {
    const compare = comparatorOf(order);
    const { start, end } = range;
    if (start.length > 0 && end.length > 0 && compare(start, end) > 0) {
      throw invalidField("range.interval.end", "comes before range.interval.start");
    }
    return (key) =>
      (start.length === 0 || compare(start, key) <= 0) &&
      (end.length === 0 || compare(key, end) < 0);
  }
  const matches = globMatcher(range.pattern);
  return (key) => matches(key.toString("utf8"));
}
