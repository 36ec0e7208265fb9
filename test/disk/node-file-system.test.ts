/** The real disk: the contract, and what only a real disk and two processes can show. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { NodeFileSystem } from "../../src/disk/index.js";
import {
  makeTemporaryDirectory,
  removeDirectory,
  withTemporaryDirectory,
} from "../support/temporary-directory.js";
import { describeFileSystem } from "./file-system-contract.js";

describeFileSystem("the real disk", async () => {
  const directory = await makeTemporaryDirectory();
  return {
    fileSystem: new NodeFileSystem(),
    directory,
    dispose: () => removeDirectory(directory),
  };
});

/** Takes the lock, says whether it did, and holds it until it is killed. */
const HOLDER = `
  const { NodeFileSystem } = await import(process.argv[1]);
  const lock = await new NodeFileSystem().lock(process.argv[2]);
  process.stdout.write(lock === undefined ? "refused" : "taken");
  if (lock !== undefined) setInterval(() => undefined, 1000);
`;

const DISK_FLOOR = new URL("../../src/disk/index.js", import.meta.url).href;

function startHolder(lockPath: string): ChildProcess {
  return spawn(process.execPath, ["--input-type=module", "--eval", HOLDER, DISK_FLOOR, lockPath], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function firstWordOf(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the child has no output");
  const [word] = (await once(child.stdout, "data")) as [Buffer];
  return word.toString();
}

describe("the real disk", () => {
  it("holds the lock against another process, and lets go when its holder is killed", async () => {
    await withTemporaryDirectory(async (directory) => {
      const path = join(directory, "LOCK");
      const holder = startHolder(path);
      const ended = once(holder, "exit");
      try {
        expect(await firstWordOf(holder)).to.equal("taken");
        const startedMs = performance.now();
        expect(await new NodeFileSystem().lock(path)).to.equal(undefined);
        expect(performance.now() - startedMs, "a second taker is refused at once").below(1000);
        const second = startHolder(path);
        expect(await firstWordOf(second)).to.equal("refused");
      } finally {
        holder.kill("SIGKILL");
        await ended;
      }
      const lock = await new NodeFileSystem().lock(path);
      expect(lock, "the kernel freed the lock of the killed process").not.to.equal(undefined);
      await lock?.release();
    });
  }).timeout(20_000);

  it("keeps files and directories to their owner", async () => {
    await withTemporaryDirectory(async (directory) => {
      const fileSystem = new NodeFileSystem();
      await fileSystem.makeDirectory(join(directory, "inner"));
      const file = await fileSystem.open(join(directory, "inner", "a"), "create");
      await file.close();
      expect((await stat(join(directory, "inner"))).mode & 0o077).to.equal(0);
      expect((await stat(join(directory, "inner", "a"))).mode & 0o077).to.equal(0);
    });
  });

  it("reads and writes more than one call to the kernel would", async () => {
    await withTemporaryDirectory(async (directory) => {
      const bytes = Buffer.alloc(3_000_001, "pattern of bytes");
      const file = await new NodeFileSystem().open(join(directory, "a"), "create");
      await file.write(bytes, 7);
      const into = Buffer.alloc(bytes.length + 100);
      expect(await file.read(into, 7)).to.equal(bytes.length);
      expect(into.subarray(0, bytes.length).equals(bytes)).to.equal(true);
      await file.close();
    });
  });
});
