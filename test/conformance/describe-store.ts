/**
 * What a key-value store means, as one suite that every store must pass: the model first, then the one
 * on this machine, then the same behind the wire, and whatever comes later.
 */

import { describeDeletingRanges } from "./deleting-ranges.js";
import { describeExpiry } from "./expiry.js";
import { describeKeyOrder } from "./key-order.js";
import { describeListing } from "./listing.js";
import { describeMaintenance } from "./maintenance.js";
import type { OpenStore, WayToFollower } from "./opened-store.js";
import { describePipelining } from "./pipelining.js";
import { describeRestart } from "./restart.js";
import { describeRetrying } from "./retrying.js";
import { describeScanning } from "./scanning.js";
import { describeSlowFollowing } from "./slow-following.js";
import { describeTransacting } from "./transacting.js";
import { describeWatching } from "./watching.js";
import { describeWatchingChanges } from "./watching-changes.js";
import { describeWriting } from "./writing.js";

export function describeStore(
  name: string,
  open: OpenStore,
  wayToFollower: WayToFollower = "direct",
): void {
  describe(`a store: ${name}`, () => {
    describeWriting(open);
    describeTransacting(open);
    describeDeletingRanges(open);
    describeRetrying(open);
    describePipelining(open);
    describeExpiry(open);
    describeListing(open);
    describeKeyOrder(open);
    describeScanning(open, wayToFollower);
    describeWatching(open);
    describeWatchingChanges(open);
    if (wayToFollower === "direct") describeSlowFollowing(open);
    describeMaintenance(open);
    describeRestart(open);
  });
}
