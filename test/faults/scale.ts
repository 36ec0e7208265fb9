/**
 * How long the tests of real faults are. In the normal run each is as short as still shows what it is about;
 * `FAULTS=full`, as `make faults` sets it, runs them at the length that the product is promised to bear.
 */

const { FAULTS } = process.env;

export const IS_FULL = FAULTS === "full";

export interface Sizes {
  readonly normal: number;
  readonly full: number;
}

/** A size that the environment may name otherwise, as `KILLS=200`. */
export function sized(name: string, { normal, full }: Sizes): number {
  const named = Number(process.env[name] ?? "");
  if (Number.isInteger(named) && named > 0) return named;
  return IS_FULL ? full : normal;
}

/** Time that a test gets for each round of it, in milliseconds; far more than it needs on an idle machine. */
export const ROUND_MS_MAX = 20_000;

/** Figures are of interest in a full run, and noise in the normal one. */
export function tell(figures: string): void {
  if (IS_FULL) console.log(`      ${figures}`);
}

/** Every now and then, in a full run: how far it is. */
export function tellProgress(done: number, of: number, figures: () => string): void {
  if (done % 20 === 0) tell(`${String(done)} of ${String(of)}: ${figures()}`);
}
