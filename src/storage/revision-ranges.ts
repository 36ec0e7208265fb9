/** Sets of revisions as ranges, in order, apart from each other, both ends included. Pure. */

import { revision, type Revision } from "../base/index.js";

export interface RevisionRange {
  readonly first: Revision;
  readonly last: Revision;
}

/** The same revisions, in order; what touches is one range. Empty ranges are left out. */
export function joined(ranges: readonly RevisionRange[]): RevisionRange[] {
  const sorted = ranges
    .filter(({ first, last }) => first <= last)
    .sort((left, right) => left.first - right.first);
  const result: RevisionRange[] = [];
  for (const range of sorted) {
    const before = result.at(-1);
    if (before === undefined || range.first > before.last + 1) result.push(range);
    else if (range.last > before.last) result.splice(-1, 1, { ...before, last: range.last });
  }
  return result;
}

/** What `range` has and `covered` has not. */
export function without(range: RevisionRange, covered: readonly RevisionRange[]): RevisionRange[] {
  const result: RevisionRange[] = [];
  let next: number = range.first;
  for (const { first, last } of joined(covered)) {
    if (last < next) continue;
    if (first > range.last) break;
    if (first > next) result.push({ first: revision(next), last: revision(first - 1) });
    next = last + 1;
  }
  if (next <= range.last) result.push({ first: revision(next), last: range.last });
  return result;
}
