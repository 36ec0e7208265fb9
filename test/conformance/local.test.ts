/** The store on this machine passes the suite: on the disk in memory, on the real one, and behind a server. */

import { KEY_ORDERS, type KeyOrderName } from "../../src/base/index.js";
import type { FileSystem } from "../../src/disk/index.js";
import { NodeFileSystem } from "../../src/disk/index.js";
import { openLocalStore, type Store } from "../../src/kv/index.js";
import { PATIENT } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { TINY_LIMITS, TINY_WATCH_LIMITS, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { behindWire } from "./behind-wire.js";
import { describeStore } from "./describe-store.js";
import type { OpenedStore } from "./opened-store.js";
import { describePipelined } from "./pipelining.js";
import { describeVersions, VERSIONS_KEPT } from "./versions.js";

const RETENTION_MS = 600_000;

interface Place {
  readonly fileSystem: FileSystem;
  /** An existing directory; each store gets one of its own below it. */
  readonly root: string;
  readonly dispose: () => Promise<void>;
  /** Asked for with each opening. Absent: bytes, and never asked for. */
  readonly keyOrder?: KeyOrderName;
  /** Default: 1. */
  readonly historyVersions?: number;
}

async function openLocal(place: Place): Promise<OpenedStore> {
  const { fileSystem, root, keyOrder, historyVersions } = place;
  const clock = new ManualClock();
  const open = (name: string): Promise<Store> =>
    openLocalStore(
      tinyStoreOptions({
        fileSystem,
        directory: `${root}/${name}`,
        clock,
        retentionMs: RETENTION_MS,
        keyOrder,
        historyVersions,
      }),
    );
  let store = await open("store");
  const strangers: Store[] = [];
  return {
    get store() {
      return store;
    },
    clock,
    limits: TINY_LIMITS,
    keyOrder: keyOrder ?? "bytes",
    watchLimits: TINY_WATCH_LIMITS,
    async restart(downMs: number) {
      await store.close();
      clock.dropTimers();
      clock.pass(downMs);
      store = await open("store");
    },
    async openStranger() {
      const stranger = await open(`stranger-${String(strangers.length)}`);
      strangers.push(stranger);
      return stranger;
    },
    async forgetExpirations() {
      clock.pass(RETENTION_MS + 1);
      await store.compact(PATIENT);
    },
    async dispose() {
      for (const each of [...strangers, store]) await each.close();
      await place.dispose();
    },
  };
}

const inMemory = (): Promise<OpenedStore> =>
  openLocal({ fileSystem: new CrashDisk(), root: "", dispose: () => Promise.resolve() });

const onRealDisk = async (): Promise<OpenedStore> => {
  const root = await makeTemporaryDirectory();
  const dispose = (): Promise<void> => removeDirectory(root);
  return openLocal({ fileSystem: new NodeFileSystem(), root, dispose });
};

describeStore("the local store, on a disk in memory", inMemory);
for (const keyOrder of KEY_ORDERS) {
  describeStore(`the local store, in the order ${keyOrder}`, () =>
    openLocal({
      fileSystem: new CrashDisk(),
      root: "",
      dispose: () => Promise.resolve(),
      keyOrder,
    }),
  );
}
describeStore("the local store, on the real disk", onRealDisk);
describeStore(
  "the local store behind the wire",
  async () => behindWire(await inMemory()),
  "buffered",
);

const withHistory = (): Promise<OpenedStore> =>
  openLocal({
    fileSystem: new CrashDisk(),
    root: "",
    dispose: () => Promise.resolve(),
    historyVersions: VERSIONS_KEPT,
  });
describeVersions("the local store", withHistory);
describeVersions("the local store behind the wire", async () => behindWire(await withHistory()));

describePipelined(
  "the local store behind the wire",
  async () => behindWire(await inMemory()),
  async () => behindWire(await withHistory()),
);
