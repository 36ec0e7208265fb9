/** A real server under real clients, killed without warning and stopped with one: nothing promised is lost. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { PATIENT } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { Random } from "../support/random.js";
import { Writer } from "./writers.js";

const WRITER_COUNT = 16;
const KILL_COUNT = 20;

/** Small segments start quickly and rotate; without retention everything may be compacted, and is. */
const SETTINGS = [
  "--shutdown-grace=100ms",
  "--watch-retention=0s",
  "--limits-transaction-bytes=128KiB",
  "--limits-value-bytes=64KiB",
  "--segment-bytes=1MiB",
];

describe("a real server", () => {
  let directory = "";
  let server: ServerProcess | undefined;

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
  });

  afterEach(async () => {
    await server?.dispose();
    server = undefined;
    await removeDirectory(directory);
  });

  const newWriters = (): Writer[] =>
    Array.from({ length: WRITER_COUNT }, (_, index) => new Writer(`writer-${String(index)}`));

  const acknowledgedBy = (writers: readonly Writer[]): number =>
    writers.reduce((sum, writer) => sum + writer.acknowledged, 0);

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        setTimeout(resolve, 2);
      });
    }
  }

  /** Compacts and takes snapshots until the server is gone, so that kills fall into those as well. */
  async function maintainUntilGone(address: string): Promise<void> {
    const client = connect({ address });
    try {
      for (;;) {
        await client.compact(PATIENT);
        const { snapshotId } = await client.snapshot(PATIENT);
        await client.deleteSnapshot(snapshotId);
      }
    } catch {
      // The server is gone.
    } finally {
      await client.close();
    }
  }

  /** The lives after it begin with that, and with what was written and compacted since. */
  async function leaveCheckpoint(): Promise<void> {
    server = await ServerProcess.start(directory, SETTINGS);
    expect(await server.end("SIGTERM")).to.deep.equal({ code: 0, signal: null });
    expect(await readdir(join(directory, "checkpoints"))).not.to.deep.equal([]);
  }

  async function checkAll(writers: readonly Writer[], address: string): Promise<void> {
    const client = connect({ address });
    try {
      await Promise.all(writers.map((writer) => writer.check(client)));
    } finally {
      await client.close();
    }
  }

  it(`keeps every acknowledged write through ${String(KILL_COUNT)} kills under load`, async () => {
    const random = new Random(1);
    const writers = newWriters();
    for (let kill = 0; kill < KILL_COUNT; kill += 1) {
      server = await ServerProcess.start(directory, SETTINGS);
      const { address } = server;
      await checkAll(writers, address);
      const enough = acknowledgedBy(writers) + 100 + random.below(400);
      const writing = writers.map((writer) => writer.writeUntilGone(address));
      const maintaining = maintainUntilGone(address);
      await until(() => acknowledgedBy(writers) >= enough);
      const ended = await server.end("SIGKILL");
      expect(ended.signal, server.output).to.equal("SIGKILL");
      await Promise.all([...writing, maintaining]);
      if (kill % 4 === 0) await leaveCheckpoint();
    }
    server = await ServerProcess.start(directory, SETTINGS);
    await checkAll(writers, server.address);
  }).timeout(120_000);

  it("ends with 0 on SIGTERM under load, and has lost nothing", async () => {
    const writers = newWriters();
    for (let stop = 0; stop < 3; stop += 1) {
      server = await ServerProcess.start(directory, SETTINGS);
      const { address } = server;
      await checkAll(writers, address);
      const enough = acknowledgedBy(writers) + 500;
      const writing = writers.map((writer) => writer.writeUntilGone(address));
      const maintaining = maintainUntilGone(address);
      await until(() => acknowledgedBy(writers) >= enough);
      const ended = await server.end("SIGTERM");
      expect(ended, server.output).to.deep.equal({ code: 0, signal: null });
      await Promise.all([...writing, maintaining]);
    }
    server = await ServerProcess.start(directory, SETTINGS);
    await checkAll(writers, server.address);
  }).timeout(60_000);
});
