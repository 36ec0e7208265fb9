/** What a scan holds, and how it ends: views, the value cache, damage, and how many there may be. */

import { expect } from "chai";

import type { Entry, Store } from "../../src/kv/index.js";
import { openLocalStore } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, tinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";
import { scanAll, scanOf, scannedKeys } from "../support/scans.js";

const VIEW_AGE_MS = 10_000;
const SCANS_MAX = 3;

describe("a scan of the local store", () => {
  let clock: ManualClock;
  let disk: CrashDisk;
  let store: Store;

  const open = (cacheBytes: number): Promise<Store> => {
    const options = tinyStoreOptions({ fileSystem: disk, directory: DATA_DIRECTORY, clock });
    const storage = { ...options.storage, viewAgeMsMax: VIEW_AGE_MS, scansMax: SCANS_MAX };
    return openLocalStore({ ...options, storage: { ...storage, cacheBytes } });
  };

  beforeEach(async () => {
    clock = new ManualClock();
    disk = new CrashDisk();
    store = await open(64 * 1024);
  });
  afterEach(() => store.close());

  const begin = (onCut: () => void = () => undefined, signal = new AbortController().signal) =>
    store.scan(scanOf(), signal, onCut);

  const pinned = async (): Promise<number> => (await store.status()).oldestViewRevision;

  it("lets go of its view when it is done, left, abandoned, or open for too long", async () => {
    await store.set(setOf("a", "1"), PATIENT);
    await scanAll(store);
    expect(await pinned()).to.equal(0);

    const left = begin();
    await left.next();
    expect(await pinned()).to.equal(1);
    await left.return();
    expect(await pinned()).to.equal(0);

    const abort = new AbortController();
    const abandoned = begin(undefined, abort.signal);
    await abandoned.next();
    abort.abort();
    expect(await pinned(), "at once, though it is not asked").to.equal(0);
    expect((await abandoned.next()).done).to.equal(true);

    let cuts = 0;
    const stalled = begin(() => (cuts += 1));
    await stalled.next();
    await clock.advance(VIEW_AGE_MS);
    expect(cuts, "whoever waits to send is told").to.equal(1);
    expect(await pinned(), "before it is asked").to.equal(0);
    const error = await kvRejectionOf(stalled.next(), "SLOW_FOLLOWER");
    expect(error.message).to.include("views.age").and.include("begin a new scan");
  });

  it("is refused past the bound, and let in when another has ended", async () => {
    const scans = Array.from({ length: SCANS_MAX }, () => begin());
    for (const scan of scans) await scan.next();
    const error = await kvRejectionOf(begin().next(), "OVERLOADED");
    expect(error.retryAfterMs).to.be.above(0);
    await scans[0]?.return();
    expect(await scannedKeys(store)).to.deep.equal([]);
    for (const scan of scans) await scan.return();
  });

  it("reads past the cache, and leaves it as it was", async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `key/${String(index + 100)}`);
    for (const key of keys) await store.set(setOf(key, "v".repeat(1000)), PATIENT);
    await store.close();
    store = await open(64 * 1024);
    const before = (await store.status()).cacheBytes;
    expect(await scannedKeys(store)).to.deep.equal(keys);
    expect((await store.status()).cacheBytes).to.equal(before);
  });

  it("tells all before a damaged record, then that it is damaged, and where", async () => {
    const value = (key: string): string => `${key} `.repeat(100);
    await store.close();
    store = await open(0);
    for (const key of ["a", "b", "c", "d"]) await store.set(setOf(key, value(key)), PATIENT);
    await flip(bytes(value("c")));
    const told: Entry[] = [];
    const error = await kvRejectionOf(
      (async () => {
        for await (const { entries } of begin()) told.push(...entries);
      })(),
      "CORRUPT",
    );
    expect(told.map(({ key }) => key.toString())).to.deep.equal(["a", "b"]);
    expect(error.metadata.key).to.equal("c");
    expect(error.metadata.segment).to.match(/^segments\//);
    const range = { kind: "interval", start: bytes("c\0"), end: bytes("") } as const;
    expect(await scannedKeys(store, { range })).to.deep.equal(["d"]);
  });

  /** Flips a bit of the record whose value this is. */
  async function flip(value: Buffer): Promise<void> {
    const directory = `${DATA_DIRECTORY}/segments`;
    for (const name of await disk.list(directory)) {
      const file = await disk.open(`${directory}/${name}`, "write");
      const content = Buffer.alloc(await file.sizeBytes());
      await file.read(content, 0);
      const at = content.indexOf(value);
      if (at !== -1) await file.write(Buffer.from([(content[at] ?? 0) ^ 1]), at);
      await file.close();
    }
  }
});
