/** Two servers on one directory: the second fails within a second, says why, and does the first no harm. */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { PATIENT, setOf, valueOf } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";

const LOCKED = 12;
const SETTINGS = ["--segment-bytes=8MiB", "--shutdown-grace=0"];
const HOLDS_MAX = 10;
const KEY_COUNT = 300;
const VALUE = "v".repeat(1000);

/** Within a second of the moment at which a program that does nothing would have started. */
const REFUSAL_MS_MAX = 1000;
const REFUSALS_MAX = 10;

describe("a second server on one directory", function () {
  this.timeout(60_000);

  it("fails within a second and names the directory, while the first serves on", async () => {
    await withTemporaryDirectory(async (directory) => {
      const first = await ServerProcess.start(directory, SETTINGS);
      try {
        const store = connect({ address: first.address });
        await store.set(setOf("key", "before"), PATIENT);
        await expectRefusal(directory);
        expect(await valueOf(store, "key")).to.equal("before");
        await store.set(setOf("key", "after"), PATIENT);
        expect(await valueOf(store, "key")).to.equal("after");
        await store.close();
      } finally {
        await first.dispose();
      }
    });
  });

  it("fails alike while the first recovers, which then serves", async function () {
    if (!existsSync("/proc/locks")) skipBecause(this, "this system does not list its locks");
    await withTemporaryDirectory(async (directory) => {
      await leaveUnclean(directory);
      const first = await startAndHold(directory);
      try {
        await expectRefusal(directory);
        first.signal("SIGCONT");
        await first.ready();
        const store = connect({ address: first.address });
        expect((await store.status()).keyCount).to.equal(KEY_COUNT);
        await store.close();
        expect(await first.end("SIGTERM"), first.output).to.deep.equal({ code: 0, signal: null });
      } finally {
        await first.dispose();
      }
    });
  });
});

/** Refused each time; and the quickest time, which is the one that other programs held up least, is quick enough. */
async function expectRefusal(directory: string): Promise<void> {
  const tookMs: number[] = [];
  while (Math.min(...tookMs) > REFUSAL_MS_MAX) {
    expect(tookMs, "none of these was quick").to.have.length.below(REFUSALS_MAX);
    tookMs.push(await refusalMs(directory));
  }
}

/** How much longer than an empty program the second server took to be refused. */
async function refusalMs(directory: string): Promise<number> {
  const bareMs = emptyStartMs();
  const startMs = performance.now();
  const second = ServerProcess.begin(directory, SETTINGS);
  try {
    expect(await second.ended, second.output).to.deep.equal({ code: LOCKED, signal: null });
    const tookMs = performance.now() - startMs;
    await second.logged(/in use by another process/);
    expect(second.output).to.include(directory);
    return tookMs - bareMs;
  } finally {
    await second.dispose();
  }
}

/** How long this machine takes to start Node.js alone. */
function emptyStartMs(): number {
  const startMs = performance.now();
  spawnSync(process.execPath, ["--eval", ""]);
  return performance.now() - startMs;
}

/** A killed server, and what it wrote. */
async function leaveUnclean(directory: string): Promise<void> {
  const server = await ServerProcess.start(directory, SETTINGS);
  try {
    const store = connect({ address: server.address });
    const numbers = Array.from({ length: KEY_COUNT }, (_, index) => index);
    await Promise.all(
      numbers.map((each) => store.set(setOf(`key-${String(each)}`, VALUE), PATIENT)),
    );
    await store.close();
  } finally {
    await server.dispose();
  }
}

/** A server that is stopped in its recovery, with the lock in its hands; a start that was too quick for us is let go. */
async function startAndHold(directory: string): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const server = ServerProcess.begin(directory, SETTINGS);
    try {
      while (!(await isLocked(directory))) await new Promise(setImmediate);
      server.signal("SIGSTOP");
      if (!server.output.includes("ready")) return server;
      expect(attempt, "starts that were too quick to be held").to.be.below(HOLDS_MAX);
    } catch (error) {
      await server.dispose();
      throw error;
    }
    await server.dispose();
  }
}

/** Asks the kernel, for to try the lock would be to hold it for a moment. */
async function isLocked(directory: string): Promise<boolean> {
  const { ino } = await stat(join(directory, "LOCK"));
  return (await readFile("/proc/locks", "utf8")).includes(`:${String(ino)} `);
}
