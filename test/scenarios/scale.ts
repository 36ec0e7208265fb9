/**
 * How large a scenario is. In the normal run each is as small as still shows what it is about;
 * `SCENARIOS=full` runs it at the size that the product is promised to bear.
 */

const { SCENARIOS } = process.env;

const IS_FULL = SCENARIOS === "full";

export interface Sizes {
  readonly normal: number;
  readonly full: number;
}

export function sized({ normal, full }: Sizes): number {
  return IS_FULL ? full : normal;
}

/** Time that a scenario gets, in milliseconds; far more than it needs on a machine that is idle. */
export const SCENARIO_MS_MAX = sized({ normal: 60_000, full: 600_000 });

/** Figures are of interest in a full run, and noise in the normal one. */
export function tell(figures: string): void {
  if (IS_FULL) console.log(`      ${figures}`);
}
