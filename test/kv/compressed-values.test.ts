/** A store whose values are compressed says what one says whose values are not. */

import { expect } from "chai";

import { CODEC_NAMES, openLocalStore, type Store } from "../../src/kv/index.js";
import { bytes, PATIENT, setOf, valueOf } from "../support/calls.js";
import { CrashDisk } from "../support/crash-disk.js";
import { expirationsSince, Follower } from "../support/follower.js";
import { DATA_DIRECTORY, tinyStoreOptions, type TinyStoreOptions } from "../support/local-store.js";
import { ManualClock } from "../support/manual-clock.js";
import { kvRejectionOf } from "../support/rejection.js";

const TEXT = "a value that says the same again and again, ".repeat(40);
const TTL = { expiration: { kind: "ttl", ttlMs: 1000 } } as const;
const CONTENT_TYPE = "text/repeated";
const FOR_EVER = { kind: "none" } as const;

class Bench {
  readonly disk = new CrashDisk();
  readonly clock = new ManualClock();

  open(compression: TinyStoreOptions["compression"]): Promise<Store> {
    const { disk: fileSystem, clock } = this;
    const options = { fileSystem, directory: DATA_DIRECTORY, clock, compression };
    return openLocalStore(tinyStoreOptions(options));
  }

  async close(store: Store): Promise<void> {
    await store.close();
    this.clock.dropTimers();
  }
}

/** Flips a bit so many bytes behind where the text lies in a segment; what is returned flips it back. */
function flipBehind(disk: CrashDisk, text: string, distance: number): () => void {
  for (const path of disk.files().filter((each) => each.endsWith(".seg"))) {
    const content = disk.peek(path);
    const found = content.indexOf(text);
    if (found < 0) continue;
    const offset = found + text.length + distance;
    const byte = content.readUInt8(offset);
    disk.poke(path, Buffer.of(byte ^ 1), offset);
    return () => {
      disk.poke(path, Buffer.of(byte), offset);
    };
  }
  throw new Error(`${text} is in no segment`);
}

for (const compression of ["zstd", "lz4"] as const) {
  describe(`a store with ${compression}`, () => {
    it("says so, and takes less of the disk for the same values", async () => {
      const liveBytes: number[] = [];
      for (const each of ["none", compression] as const) {
        const bench = new Bench();
        const store = await bench.open(each);
        await store.set(setOf("text", TEXT), PATIENT);
        const status = await store.status();
        expect(status.compression).to.equal(each);
        liveBytes.push(status.liveBytes);
        await bench.close(store);
      }
      const [plain = 0, compressed = 0] = liveBytes;
      expect(compressed).to.be.lessThan(plain - TEXT.length / 2);
    });

    it("tells an expired value to who follows, and later from the log with any setting", async () => {
      const bench = new Bench();
      const store = await bench.open(compression);
      const { follower, first } = await Follower.start(store, bench.clock);
      await store.set(setOf("text", TEXT, TTL), PATIENT);
      await bench.clock.advance(2000);
      const [live] = await follower.collect(1);
      expect(live?.value?.toString()).to.equal(TEXT);
      expect(live?.valueSize).to.equal(TEXT.length);
      await follower.stop();
      await bench.close(store);
      for (const later of CODEC_NAMES) {
        const again = await bench.open(later);
        const start = { kind: "resume-token", token: first.resumeToken } as const;
        const [told] = await expirationsSince(again, bench.clock, { start, count: 1 });
        expect(told?.value?.toString(), later).to.equal(TEXT);
        expect(told?.valueSize).to.equal(TEXT.length);
        await bench.close(again);
      }
    });

    it("keeps a value over a touch, of one that was set just now or before a restart", async () => {
      const bench = new Bench();
      const store = await bench.open(compression);
      const touch = { key: bytes("text"), expiration: FOR_EVER };
      await store.set(setOf("text", TEXT, TTL), PATIENT);
      expect((await store.touch(touch, PATIENT)).touched).to.equal(true);
      await bench.clock.advance(2000);
      expect(await valueOf(store, "text")).to.equal(TEXT);
      await bench.close(store);
      for (const later of CODEC_NAMES) {
        const again = await bench.open(later);
        expect((await again.touch(touch, PATIENT)).touched).to.equal(true);
        await bench.close(again);
        const last = await bench.open(later);
        expect(await valueOf(last, "text"), later).to.equal(TEXT);
        await bench.close(last);
      }
    });

    it("reports a flipped bit in a value as damage, and raises an alarm", async () => {
      const bench = new Bench();
      const store = await bench.open(compression);
      await store.set(setOf("text", TEXT, { contentType: CONTENT_TYPE }), PATIENT);
      await store.set(setOf("other", "whole"), PATIENT);
      await bench.close(store);
      const again = await bench.open(compression);
      for (let at = 0; at < 16; at++) {
        const flipBack = flipBehind(bench.disk, `text${CONTENT_TYPE}`, at);
        await kvRejectionOf(again.get(bytes("text"), PATIENT), "CORRUPT");
        flipBack();
      }
      expect(await valueOf(again, "text")).to.equal(TEXT);
      expect(await valueOf(again, "other")).to.equal("whole");
      const { alarms } = await again.status();
      expect(alarms.map(({ kind }) => kind)).to.include("corrupt");
      await bench.close(again);
    });
  });
}
