/**
 * Connections that take every descriptor a server may have: it loses nothing, spins on nothing, goes on for the callers
 * that it has, rotations of the log included, and takes new ones when others leave.
 */

import { readdirSync, readFileSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";

import { expect } from "chai";

import { isKvError } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { PATIENT } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { KEYS, readAll, recordedCall } from "./caller.js";
import { Recorder } from "./recorder.js";
import { ROUND_MS_MAX, sized, tell } from "./scale.js";
import { prlimitProblem } from "./tools.js";

/** More than Node.js opens at once of the program, which it loads first. */
const DESCRIPTORS_MAX = 128;
const ROUNDS = sized("ROUNDS", { normal: 1, full: 20 });

/** Every value is read from disk, and segments are small, so that files are wanted all the time. */
const SETTINGS = [
  "--shutdown-grace=0",
  "--cache-bytes=0",
  "--watch-retention=0s",
  "--limits-transaction-bytes=128KiB",
  "--limits-value-bytes=64KiB",
  "--segment-bytes=1MiB",
];
const VALUE_BYTES = 60_000;

/** What a server that has nothing to do may take of a processor. */
const IDLE_SHARE_MAX = 0.3;
const TICKS_A_SECOND = 100;

describe("a server without descriptors", function () {
  this.timeout(2 * ROUND_MS_MAX * ROUNDS);

  before(function () {
    const problem = prlimitProblem();
    if (problem !== undefined) skipBecause(this, problem);
    if (process.platform !== "linux") skipBecause(this, "only Linux lists a process's descriptors");
  });

  it("goes on for those it has, spins on nothing, and loses nothing", async () => {
    await withTemporaryDirectory(async (directory) => {
      const recorder = new Recorder();
      for (let round = 0; round < ROUNDS; round += 1) await starve(directory, recorder, round);
      const server = await ServerProcess.start(directory, SETTINGS);
      const store = connect({ address: server.address });
      await readAll(recorder, store);
      await store.close();
      await server.dispose();
      recorder.endLife();
      tell(JSON.stringify({ rounds: ROUNDS, ...recorder.figures }));
    });
  });
});

async function starve(directory: string, recorder: Recorder, round: number): Promise<void> {
  const limit = `--nofile=${String(DESCRIPTORS_MAX)}:${String(DESCRIPTORS_MAX)}`;
  const server = await ServerProcess.start(directory, SETTINGS, { under: ["prlimit", limit] });
  const crowd = new Crowd(server.address);
  const store = connect({ address: server.address });
  try {
    await readAll(recorder, store);
    await crowd.takeAll(server);
    expect(await idleShare(server), "share of a processor, idle").to.be.below(IDLE_SHARE_MAX);
    const before = (await store.status()).segmentCount;
    await writeMany(recorder, store, round);
    expect((await store.status()).segmentCount, "rotations").to.be.greaterThan(before + 2);
    await mayBeRefused(store.snapshot(PATIENT));
    await mayBeRefused(store.compact(PATIENT));
    expect(descriptorsOf(server)).to.be.at.least(DESCRIPTORS_MAX - 2);
    crowd.leave();
    await expectNewcomersServed(server, recorder);
  } catch (error) {
    throw new Error(`${String(error)}\n${server.output}`, { cause: error });
  } finally {
    crowd.leave();
    await store.close();
    await server.dispose();
  }
  recorder.endLife();
}

/** Connections that say nothing, and come again whenever they are turned away. */
class Crowd {
  readonly #host: string;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  #isHere = true;

  constructor(address: string) {
    const [host = "", port = ""] = address.split(":");
    this.#host = host;
    this.#port = Number(port);
  }

  async takeAll(server: ServerProcess): Promise<void> {
    for (let count = 0; count < DESCRIPTORS_MAX; count += 1) this.#join();
    while (descriptorsOf(server) < DESCRIPTORS_MAX - 1) await wait(10);
  }

  leave(): void {
    this.#isHere = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(): void {
    if (!this.#isHere) return;
    const socket = connectSocket(this.#port, this.#host);
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      setTimeout(() => {
        this.#join();
      }, RETURN_MS);
    });
  }
}

const RETURN_MS = 250;

/** Several segments full. Every write is taken; a read that wants a file which is not open may be refused. */
async function writeMany(recorder: Recorder, store: RemoteStore, round: number): Promise<void> {
  for (let count = 0; count < 100; count += 1) {
    const key = KEYS[count % KEYS.length] ?? "";
    const value = `round-${String(round)}-${String(count)}-${String(VALUE_BYTES)}`;
    const set = { kind: "set", value, expiration: { kind: "none" } } as const;
    await untilTaken(() => recordedCall(recorder, store, key, set));
    await mayBeRefused(recordedCall(recorder, store, key, { kind: "get" }));
  }
}

async function untilTaken(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    const isTaken = await mayBeRefused(call());
    if (isTaken) return;
    await wait(20);
  }
}

/** False: it was refused, as what wants a descriptor may be. */
async function mayBeRefused(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (isKvError(error, "NO_SPACE") || isKvError(error, "OVERLOADED")) return false;
    throw error;
  }
}

async function expectNewcomersServed(server: ServerProcess, recorder: Recorder): Promise<void> {
  while (descriptorsOf(server) > DESCRIPTORS_MAX / 2) await wait(10);
  const store = connect({ address: server.address });
  await readAll(recorder, store);
  await store.close();
}

function descriptorsOf({ pid }: ServerProcess): number {
  return readdirSync(`/proc/${String(pid)}/fd`).length;
}

/** Measured over a second. */
async function idleShare(server: ServerProcess): Promise<number> {
  const before = ticksOf(server);
  await wait(1000);
  return (ticksOf(server) - before) / TICKS_A_SECOND;
}

/** Processor time that it has taken, as the kernel counts it. */
function ticksOf({ pid }: ServerProcess): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
