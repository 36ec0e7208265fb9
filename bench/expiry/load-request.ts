/** What the processes of the bench of expirations tell one another, in JSON. */

import type { DueKeys } from "./due-keys.js";
import type { TallyOutcome } from "./tally.js";

/** Our own, or that of Redis. */
export type Protocol = "pipeline" | "resp";

export interface ExpiryLoadRequest extends DueKeys {
  readonly protocol: Protocol;
  readonly port: number;
  /** Keys that fall due a day later, set before. */
  readonly lastingCount: number;
  /** Least time between the last Set and the first deadline. */
  readonly quietMs: number;
}

/** The load says each of these once, in this order, a line each; then it waits for the end of its input. */
export type ExpiryLoadLine =
  | {
      readonly kind: "filled";
      /** When all was set, and what fell due before. In milliseconds since 1970, as all times here. */
      readonly filledMs: number;
      readonly dueFromMs: number;
      /** Sets that were not answered right. */
      readonly failed: number;
      readonly setsPerSecond: number;
    }
  | { readonly kind: "told"; readonly tally: TallyOutcome };

export interface TrickleRequest {
  readonly protocol: Protocol;
  readonly port: number;
  readonly lastingCount: number;
  readonly ratePerSecond: number;
}

/** What the trickle says when its input ends. */
export interface TrickleOutcome {
  /** When each Get was sent, in milliseconds since 1970, and how long its answer took. */
  readonly sentMs: readonly number[];
  readonly micros: readonly number[];
  /** Gets that were not answered, or with something else than was set. */
  readonly failed: number;
}
