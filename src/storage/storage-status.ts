/** What the engine says of itself. */

import type { KeyOrderName, Latency, Revision, TimeMs } from "../base/index.js";
import type { CheckpointFile } from "./checkpoint-start.js";
import type { CodecName } from "../log/index.js";
import type { ScrubStatus } from "./scrub.js";

export interface StorageStatus {
  readonly storeId: string;
  readonly historyId: string;
  readonly keyOrder: KeyOrderName;
  /** How values are stored that come now. */
  readonly compression: CodecName;
  readonly revision: Revision;
  readonly feedFloor: Revision;
  readonly keyCount: number;
  /** How many versions of each key are kept, and how many there are beside the newest ones. */
  readonly historyVersions: number;
  readonly olderVersionCount: number;
  readonly transactionCount: number;
  readonly syncCount: number;
  /** Undefined: the log was not synced lately. */
  readonly syncLatency: Latency | undefined;
  readonly liveBytes: number;
  readonly diskBytes: number;
  readonly segmentCount: number;
  readonly keydirBytes: number;
  readonly cacheBytes: number;
  /** The newest checkpoint, if there is one that can be used. */
  readonly checkpoint: CheckpointFile | undefined;
  readonly scrub: ScrubStatus;
  readonly oldestView: { readonly revision: Revision; readonly ageMs: number } | undefined;
  /** Why no segment can be prepared, if so. */
  readonly spaceProblem: (Trouble & { readonly cause: Error }) | undefined;
  /** Why new keys are refused, if so. */
  readonly quotaProblem: Trouble | undefined;
}

/** Something that is wrong, and since when. */
export interface Trouble {
  readonly message: string;
  readonly sinceMs: TimeMs;
}

/** Something that went wrong with a file and did not end the store. */
export interface Damage extends Trouble {
  /** Relative to the data directory. */
  readonly file: string;
}
