/** A file that is synced as it grows never has much to sync at once. */

import { expect } from "chai";

import { MIB } from "../../src/base/index.js";
import { SteadyFile, type File } from "../../src/disk/index.js";

/** Counts what is written and not synced yet. */
class CountingFile implements File {
  unsyncedBytes = 0;
  unsyncedBytesSeenMax = 0;
  syncCount = 0;

  read = (): Promise<number> => Promise.resolve(0);
  truncate = (): Promise<void> => Promise.resolve();
  sizeBytes = (): Promise<number> => Promise.resolve(0);
  close = (): Promise<void> => Promise.resolve();

  write(bytes: Uint8Array): Promise<void> {
    this.unsyncedBytes += bytes.length;
    this.unsyncedBytesSeenMax = Math.max(this.unsyncedBytesSeenMax, this.unsyncedBytes);
    return Promise.resolve();
  }

  sync(): Promise<void> {
    this.unsyncedBytes = 0;
    this.syncCount += 1;
    return Promise.resolve();
  }
}

describe("a steady file", () => {
  it("syncs while it grows, and not after each write", async () => {
    const below = new CountingFile();
    const file = new SteadyFile(below);
    const piece = Buffer.alloc(MIB / 2);
    for (let at = 0; at < 40; at += 1) await file.write(piece, at * piece.length);
    expect(below.unsyncedBytesSeenMax).to.be.at.most(2 * MIB);
    expect(below.syncCount).to.be.within(5, 20);
  });

  it("begins to count anew when it is synced", async () => {
    const below = new CountingFile();
    const file = new SteadyFile(below);
    await file.write(Buffer.alloc(1.5 * MIB), 0);
    await file.sync();
    await file.write(Buffer.alloc(1.5 * MIB), 1.5 * MIB);
    expect(below.syncCount).to.equal(1);
    expect(below.unsyncedBytes).to.equal(1.5 * MIB);
  });
});
