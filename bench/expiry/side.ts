/** What the bench of expirations asks of a server, whichever it is. */

import type { Position } from "./tally.js";

export type OnExpired = (key: string, nowMs: number, position?: Position) => void;

export interface Side {
  /** Deadline in milliseconds since 1970. Rejects where it is not answered right. */
  readonly set: (key: string, deadlineMs: number) => Promise<void>;
  /** One Get, by itself. Resolves with whether the value is what was set. */
  readonly get: (key: string) => Promise<boolean>;
  /** Resolves when it is sure to be told of what expires from now on. */
  readonly follow: (onExpired: OnExpired) => Promise<void>;
}
