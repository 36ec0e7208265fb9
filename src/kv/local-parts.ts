/** The parts that the store on this machine consists of. */

import type { Limits, Logger, TimeMs } from "../base/index.js";
import type { StorageEngine } from "../storage/index.js";
import type { ChangeFeed } from "./change-feed.js";
import type { CurrentState } from "./current-state.js";
import type { Expirer } from "./expirer.js";
import type { Housekeeping } from "./housekeeping.js";
import type { Idempotency } from "./idempotency.js";
import type { Listings } from "./listing.js";
import type { LogicalClock } from "./logical-clock.js";
import type { NewestValues } from "./newest-values.js";
import type { RangeDeletes } from "./range-deletes.js";
import type { Transactions } from "./transactions.js";
import type { Scans } from "./scanning.js";
import type { Versions } from "./versions.js";

export interface LocalParts {
  readonly engine: StorageEngine;
  readonly logical: LogicalClock;
  readonly expirer: Expirer;
  readonly listings: Listings;
  readonly feed: ChangeFeed;
  readonly currentState: CurrentState;
  readonly scans: Scans;
  readonly versions: Versions;
  readonly housekeeping: Housekeeping;
  readonly newestValues: NewestValues;
  readonly idempotency: Idempotency;
  readonly transactions: Transactions;
  readonly rangeDeletes: RangeDeletes;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Logical time when the store was opened. */
  readonly startTimeMs: TimeMs;
}
