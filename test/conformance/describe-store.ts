/**
 * What a key-value store means, as one suite that every store must pass: the model first, then the one
 * on this machine, then the same behind the wire, and whatever comes later.
 */

import { describeExpiry } from "./expiry.js";
import { describeListing } from "./listing.js";
import { describeMaintenance } from "./maintenance.js";
import type { OpenStore } from "./opened-store.js";
import { describeRestart } from "./restart.js";
import { describeWatching } from "./watching.js";
import { describeWriting } from "./writing.js";

export function describeStore(name: string, open: OpenStore): void {
  describe(`a store: ${name}`, () => {
    describeWriting(open);
    describeExpiry(open);
    describeListing(open);
    describeWatching(open);
    describeMaintenance(open);
    describeRestart(open);
  });
}
