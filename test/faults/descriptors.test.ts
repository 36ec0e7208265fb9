/**
 * Connections that take every descriptor a server may have, under a limit that it was started with, or that is lowered
 * while it runs: it loses nothing, spins on nothing, goes on for the callers that it has, rotations of the log included,
 * and takes new ones when others leave.
 */

import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";

import { expect } from "chai";

import { isKvError, present } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { PATIENT } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { KEYS } from "./asker.js";
import { readAll, recordedCall } from "./caller.js";
import { Recorder } from "./recorder.js";
import { ROUND_MS_MAX, sized, tell } from "./scale.js";
import { limitDescriptors, prlimitProblem } from "./tools.js";

/** Not fewer than Node.js opens at once of the program, which it loads first. */
const LIMITS = [128, 512] as const;
/** Where it is set by whom: by the one who launches the server, or on one that is running. */
const SETTERS = ["running", "launcher"] as const;
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

/** Node.js has more open before it runs the first line of a program. */
const FEWER_THAN_NODE_HAS = 16;
const LOOKS_ALIKE = 6;

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
      for (let number = 0; number < ROUNDS; number += 1) {
        const limit = LIMITS[(number >> 1) % 2] ?? LIMITS[0];
        const setter = SETTERS[number % 2] ?? SETTERS[0];
        await starve({ directory, recorder, number, limit, setter });
      }
      const server = await ServerProcess.start(directory, SETTINGS);
      const store = connect({ address: server.address });
      await readAll(recorder, store);
      await store.close();
      await server.dispose();
      recorder.endLife();
      tell(JSON.stringify({ rounds: ROUNDS, ...recorder.figures }));
    });
  });

  // libuv turns connections away by a descriptor that it has for that. Without one it asks for them for ever.
  it("turns connections away again after it has lost what it does that by, and spins on none", async () => {
    await withTemporaryDirectory(async (directory) => {
      const server = await ServerProcess.start(directory, SETTINGS);
      const [host = "", port = ""] = server.address.split(":");
      const sockets: Socket[] = [];
      const knock = (): Promise<unknown> => {
        const socket = connectSocket(Number(port), host).on("error", () => undefined);
        sockets.push(socket);
        return once(socket, "close");
      };
      try {
        const held = await settledDescriptorsOf(server);
        limitDescriptors(server, FEWER_THAN_NODE_HAS);
        void knock();
        while (descriptorsOf(server) >= held) await wait(10);
        // There is one for the connection that waits, and none for any other.
        limitDescriptors(server, secondFreeNumberOf(server));
        await Promise.all([knock(), knock()]);
        expect(await idleShare(server), "share of a processor, idle").to.be.below(IDLE_SHARE_MAX);
      } finally {
        for (const socket of sockets) socket.destroy();
        await server.dispose();
      }
    });
  });
});

interface Round {
  readonly directory: string;
  readonly recorder: Recorder;
  readonly number: number;
  readonly limit: number;
  readonly setter: (typeof SETTERS)[number];
}

async function starve({ directory, recorder, number, limit, setter }: Round): Promise<void> {
  const prlimit = { under: ["prlimit", `--nofile=${String(limit)}:${String(limit)}`] };
  const launch = setter === "launcher" ? prlimit : {};
  const server = await ServerProcess.start(directory, SETTINGS, launch);
  const crowd = new Crowd(server.address);
  const store = connect({ address: server.address });
  try {
    await readAll(recorder, store);
    if (setter === "running") limitDescriptors(server, limit);
    await crowd.takeAll(server, limit);
    expect(await idleShare(server), "share of a processor, idle").to.be.below(IDLE_SHARE_MAX);
    const before = (await store.status()).segmentCount;
    await writeMany(recorder, store, number);
    expect((await store.status()).segmentCount, "rotations").to.be.greaterThan(before + 2);
    await mayBeRefused(store.snapshot(PATIENT));
    await mayBeRefused(store.compact(PATIENT));
    expect(descriptorsOf(server)).to.be.at.least(limit - 2);
    crowd.leave();
    while (descriptorsOf(server) > limit / 2) await wait(10);
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

  async takeAll(server: ServerProcess, limit: number): Promise<void> {
    for (let count = 0; count < limit; count += 1) this.#join();
    while (descriptorsOf(server) < limit - 1) await wait(10);
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
  const store = connect({ address: server.address });
  await readAll(recorder, store);
  await store.close();
}

/** When what a start sets off is done. */
async function settledDescriptorsOf(server: ServerProcess): Promise<number> {
  for (let count = -1, looks = 0; ; looks += 1) {
    const now = descriptorsOf(server);
    if (now !== count) looks = 0;
    if (looks === LOOKS_ALIKE) return now;
    count = now;
    await wait(50);
  }
}

/** Descriptors are numbers, and a new one is the lowest that is free; the limit is what they must be below. */
function secondFreeNumberOf({ pid }: ServerProcess): number {
  const taken = new Set(readdirSync(`/proc/${String(pid)}/fd`).map(Number));
  const free = Array.from({ length: taken.size + 2 }, (_, number) => number).filter(
    (number) => !taken.has(number),
  );
  return present(free[1], "a second free number");
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
