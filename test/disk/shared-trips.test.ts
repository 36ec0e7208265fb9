/** Reads that come together share trips to a thread, and nobody can tell but by the time they take. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import { expect } from "chai";

import { NodeFileSystem, SharedTrips, type File } from "../../src/disk/index.js";
import { rejectionOf } from "../support/rejection.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";

const FILE_BYTES = 400_000;
const CONTENT = Buffer.from(
  Array.from({ length: FILE_BYTES }, (_, at) => (at * 31 + at / 256) % 251),
);

interface Bench {
  readonly trips: SharedTrips;
  readonly fileSystem: NodeFileSystem;
  readonly directory: string;
  readonly file: File;
  /** What `lock` gave; the thread ends with it. */
  readonly release: () => Promise<void>;
}

async function withLockedDisk(
  use: (bench: Bench) => Promise<void>,
  trips = new SharedTrips(),
): Promise<void> {
  await withTemporaryDirectory(async (directory) => {
    const fileSystem = new NodeFileSystem(trips);
    const lock = await fileSystem.lock(join(directory, "LOCK"));
    const release = async (): Promise<void> => lock?.release();
    const file = await fileSystem.open(join(directory, "a"), "create");
    await file.write(CONTENT, 0);
    try {
      await use({ trips, fileSystem, directory, file, release });
    } finally {
      await file.close();
      await release();
    }
  });
}

/** Asks for as many reads at once, and holds each against what was written. */
async function readTogether(file: File, count: number): Promise<void> {
  const reads = Array.from({ length: count }, async (_, index) => {
    const offset = (index * 7919) % FILE_BYTES;
    const into = Buffer.alloc(index % 97 === 0 ? 16_384 : (index * 13) % 900, "-");
    const expected = CONTENT.subarray(offset, offset + into.length);
    expect(await file.read(into, offset)).to.equal(expected.length);
    expect(into.subarray(0, expected.length).equals(expected), "what was written").to.equal(true);
    expect(into.subarray(expected.length).every((byte) => byte === 45)).to.equal(true);
  });
  await Promise.all(reads);
}

/** A thread takes its time to start. */
async function startThread({ trips, file }: Bench): Promise<void> {
  while (trips.threadReadCount === 0) await readTogether(file, 20);
}

describe("reads that come together", () => {
  it("give what lies there, however many, short at the end of the file alone", async () => {
    await withLockedDisk(async (bench) => {
      await startThread(bench);
      const before = bench.trips.threadReadCount;
      // More than a trip takes, in number and in bytes.
      while (bench.trips.threadReadCount - before < 2000) await readTogether(bench.file, 3000);
      const into = Buffer.alloc(10);
      const counts = [FILE_BYTES - 4, FILE_BYTES, FILE_BYTES + 1000].map((offset) =>
        bench.file.read(into, offset),
      );
      expect(await Promise.all(counts)).to.deep.equal([4, 0, 0]);
    });
  });

  it("fail one by one, as they would alone", async () => {
    await withLockedDisk(async (bench) => {
      await startThread(bench);
      const { fileSystem, directory, file, trips } = bench;
      const folder = await fileSystem.open(directory, "read");
      const alone = await rejectionOf(folder.read(Buffer.alloc(8), 0));
      const before = trips.threadReadCount;
      let together: unknown;
      while (trips.threadReadCount === before) {
        const others = readTogether(file, 50);
        together = await rejectionOf(folder.read(Buffer.alloc(8), 0));
        await others;
      }
      const { code, errno, syscall, message } = alone as NodeJS.ErrnoException;
      expect(code).to.equal("EISDIR");
      expect(together).to.include({ code, errno, syscall, message });
      await folder.close();
    });
  });

  it("go through the pool for a while when the thread was slow, and what it left undone at once", async () => {
    await withLockedDisk(async (bench) => {
      await startThread(bench);
      expect(bench.trips.threadReadCount, "it gives back after the first").to.equal(1);
      await readTogether(bench.file, 500);
      expect(bench.trips.threadReadCount).to.equal(1);
      while (bench.trips.threadReadCount === 1) await readTogether(bench.file, 500);
      expect(bench.trips.threadReadCount, "it is tried again, and is slow again").to.equal(2);
    }, new SharedTrips(-1_000_000_000));
  });

  it("do not wait for a trip that takes long", async () => {
    await withLockedDisk(async (bench) => {
      await startThread(bench);
      const before = bench.trips.threadReadCount;
      const underWay = readTogether(bench.file, 8);
      await new Promise(setImmediate);
      // For so long, nobody here hears that it is back.
      const blockedUntilMs = performance.now() + 30;
      while (performance.now() < blockedUntilMs);
      const others = readTogether(bench.file, 100);
      await Promise.all([underWay, others]);
      expect(bench.trips.threadReadCount - before).to.be.at.most(8);
    });
  });

  it("are answered when the thread ends under them, and after it", async () => {
    await withLockedDisk(async (bench) => {
      await startThread(bench);
      const underWay = readTogether(bench.file, 600);
      await new Promise(setImmediate);
      await bench.release();
      await underWay;
      const before = bench.trips.threadReadCount;
      await readTogether(bench.file, 100);
      expect(bench.trips.threadReadCount).to.equal(before);
    });
  });

  it("need no thread while no directory is locked, nor when they come alone", async () => {
    await withLockedDisk(async ({ file, trips, release }) => {
      for (let count = 0; count < 50; count += 1) await readTogether(file, 1);
      await release();
      for (let count = 0; count < 50; count += 1) await readTogether(file, 20);
      expect(trips.threadReadCount).to.equal(0);
    });
  });

  it("keep the process until they are answered, and the thread does not", async () => {
    await withTemporaryDirectory(async (directory) => {
      const disk = new URL("../../src/disk/index.js", import.meta.url).href;
      const child = spawn(
        process.execPath,
        ["--input-type=module", "--eval", READER, disk, directory],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const ended = once(child, "exit");
      const [word] = (await once(child.stdout, "data")) as [Buffer];
      expect(word.toString()).to.equal("read");
      expect((await ended)[0]).to.equal(0);
    });
  });
});

/** Reads through the thread, and comes to its end without letting go of the lock. */
const READER = `
  const { NodeFileSystem, SharedTrips } = await import(process.argv[1]);
  const trips = new SharedTrips();
  const fileSystem = new NodeFileSystem(trips);
  await fileSystem.lock(process.argv[2] + "/LOCK");
  const file = await fileSystem.open(process.argv[2] + "/a", "create");
  await file.write(Buffer.alloc(1000), 0);
  const read = () => file.read(Buffer.alloc(10), 0);
  while (trips.threadReadCount === 0) await Promise.all(Array.from({ length: 20 }, read));
  await Promise.all(Array.from({ length: 20 }, read));
  process.stdout.write("read");
`;
