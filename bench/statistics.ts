/** The few statistics that a report needs. All are of samples as they were, never of averages of averages. */

import { present } from "../src/base/index.js";

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The middle of the values, and how far they lie apart. There must be one at least. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = present(sorted[Math.floor(middle)], "a value in the middle");
  const lower = present(sorted[Math.ceil(middle) - 1], "a value in the middle");
  return {
    median: (lower + upper) / 2,
    min: present(sorted[0], "a least value"),
    max: present(sorted.at(-1), "a greatest value"),
  };
}

/** The smallest sample that `ratio` of all samples do not exceed (nearest rank). `sorted` ascends. */
export function percentile(sorted: Float64Array, ratio: number): number {
  const rank = Math.max(1, Math.ceil(sorted.length * ratio));
  return present(sorted[rank - 1], "a sample of that rank");
}
