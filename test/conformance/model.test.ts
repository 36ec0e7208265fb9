/** The model passes the suite, so what others are compared with is what the suite says; behind the wire too. */

import { KEY_ORDERS, type KeyOrderName } from "../../src/base/index.js";
import { ModelStore } from "../support/model-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { behindWire } from "./behind-wire.js";
import { describeStore } from "./describe-store.js";
import { describeVersions, VERSIONS_KEPT } from "./versions.js";
import { SMALL_LIMITS, type OpenedStore } from "./opened-store.js";

function openModel(keyOrder: KeyOrderName = "bytes", historyVersions = 1): Promise<OpenedStore> {
  const clock = new ManualClock();
  const watchLimits = { expiredValueBytesMax: 3000, followerBytesMax: 100_000 };
  const store = new ModelStore({
    clock,
    limits: SMALL_LIMITS,
    historyId: "one history",
    keyOrder,
    historyVersions,
    ...watchLimits,
  });
  return Promise.resolve({
    store,
    clock,
    limits: SMALL_LIMITS,
    keyOrder,
    watchLimits,
    async restart(downMs: number) {
      await store.close();
      clock.pass(downMs);
      store.reopen();
    },
    openStranger: () =>
      Promise.resolve(new ModelStore({ clock, limits: SMALL_LIMITS, historyId: "another" })),
    async forgetExpirations() {
      store.raiseFloor((await store.status()).revision);
    },
    dispose: () => store.close(),
  });
}

for (const keyOrder of KEY_ORDERS) {
  describeStore(`the model, in the order ${keyOrder}`, () => openModel(keyOrder));
}
describeStore("the model behind the wire", async () => behindWire(await openModel()), "buffered");

const openWithHistory = (): Promise<OpenedStore> => openModel("bytes", VERSIONS_KEPT);
describeVersions("the model", openWithHistory);
describeVersions("the model behind the wire", async () => behindWire(await openWithHistory()));
