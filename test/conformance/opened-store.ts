/** A store as the suite gets it: open and empty, on a clock that the suite moves. */

import type { KeyOrderName, Limits } from "../../src/base/index.js";
import type { Store } from "../../src/kv/store.js";
import { bytes } from "../support/calls.js";
import type { ManualClock } from "../support/manual-clock.js";
import { comparatorOf } from "../support/model-order.js";

export interface OpenedStore {
  /** The store as it is open now: another one after `restart`. */
  readonly store: Store;
  readonly clock: ManualClock;
  readonly limits: Limits;
  readonly keyOrder: KeyOrderName;
  readonly watchLimits: WatchLimits;
  /** Closes it, lets so much time pass, and opens it again with all that it kept. */
  readonly restart: (downMs: number) => Promise<void>;
  /** Opens another store that has nothing to do with this one; it goes with this one. */
  readonly openStranger: () => Promise<Store>;
  /** Makes the store forget the expirations that were told so far. */
  readonly forgetExpirations: () => Promise<void>;
  readonly dispose: () => Promise<void>;
}

export interface WatchLimits {
  /** A larger value is not told with its expiration. */
  readonly expiredValueBytesMax: number;
  /** Bytes of events that may wait for a follower that does not ask. */
  readonly followerBytesMax: number;
}

export type OpenStore = () => Promise<OpenedStore>;

/** Whether the way to a follower holds messages itself, as a wire does; how many is for its own tests. */
export type WayToFollower = "direct" | "buffered";

/** A small key and value, so that the bounds are met cheaply. */
export const SMALL_LIMITS: Limits = {
  keyBytesMax: 64,
  valueBytesMax: 4096,
  transactionOperationsMax: 16,
  transactionBytesMax: 64 * 1024,
  deleteRangeMax: 12,
  pageSizeDefault: 10,
  pageSizeMax: 50,
  watchRangesMax: 8,
};

/** What each test of the suite speaks to: opened before it, disposed of after it. */
export interface Subject {
  readonly current: OpenedStore;
  readonly store: Store;
  readonly clock: ManualClock;
  /** The keys in the order of the store. */
  readonly inOrder: (keys: readonly string[]) => string[];
}

/** Opens a store before each test of the enclosing `describe`, and disposes of it after. */
export function useStore(open: OpenStore): Subject {
  let opened: OpenedStore | undefined;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(async () => {
    await opened?.dispose();
    opened = undefined;
  });
  const current = (): OpenedStore => {
    if (opened === undefined) throw new Error("no test is running");
    return opened;
  };
  return {
    get current() {
      return current();
    },
    get store() {
      return current().store;
    },
    get clock() {
      return current().clock;
    },
    inOrder(keys) {
      const compare = comparatorOf(current().keyOrder);
      return [...keys].sort((left, right) => compare(bytes(left), bytes(right)));
    },
  };
}
