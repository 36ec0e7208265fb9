/** One process a directory; and a directory that a store was begun in outlives a power cut by its name. */

import { expect } from "chai";

import { lockDirectory } from "../../src/storage/directory-lock.js";
import { CrashDisk } from "../support/crash-disk.js";
import { commit, openEngine, read, setChange } from "../support/engine.js";
import { DATA_DIRECTORY } from "../support/local-store.js";
import type { Loss } from "../support/power-cut.js";
import { kvRejectionOf } from "../support/rejection.js";

const EVERYTHING_LOST: Loss = { way: { bytes: "drop", names: "drop" }, seed: 0 };

describe("the lock of a directory", () => {
  it("is refused while another has it", async () => {
    const disk = new CrashDisk();
    const lock = await lockDirectory(disk, DATA_DIRECTORY);
    const error = await kvRejectionOf(lockDirectory(disk, DATA_DIRECTORY), "STORE_LOCKED");
    expect(error.message).to.contain(DATA_DIRECTORY);
    await lock.release();
    await (await lockDirectory(disk, DATA_DIRECTORY)).release();
  });

  it("is taken in a directory whose name a power cut leaves, whoever made it", async () => {
    for (const isMadeByOther of [false, true]) {
      const disk = new CrashDisk();
      if (isMadeByOther) await disk.makeDirectory(DATA_DIRECTORY);
      const bench = await openEngine({ disk });
      await commit(bench, setChange("key", "value"));
      const left = disk.crash(EVERYTHING_LOST);
      const again = await openEngine({ disk: left });
      expect(await read(again, "key")).to.equal("value");
      await again.engine.close();
    }
  });

  it("costs no sync of the parent where there is a store already", async () => {
    const disk = new CrashDisk();
    await (await openEngine({ disk })).engine.close();
    const before = disk.trace.length;
    await (await openEngine({ disk })).engine.close();
    expect(disk.trace.slice(before)).not.to.include("sync-directory /");
  });

  it("is taken though the parent may not be opened, unless the directory had to be made", async () => {
    for (const code of ["EACCES", "EPERM", "EROFS"]) {
      const disk = new CrashDisk();
      await disk.makeDirectory(DATA_DIRECTORY);
      disk.addFault({ verbs: ["sync-directory"], path: /^\/$/, code, lasts: "for-good" });
      await (await lockDirectory(disk, DATA_DIRECTORY)).release();
      await kvRejectionOf(lockDirectory(disk, "/new"), "BAD_CONFIGURATION");
    }
  });
});
