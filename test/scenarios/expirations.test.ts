/**
 * A thousand keys expire while whoever follows them is stopped and goes on, and the server is killed, and
 * stopped, and starts again: each expiration is told, in order, with its value, and once to one who resumes.
 */

import { join } from "node:path";

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { Random } from "../support/random.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { CommandFollower, Told, type ToldExpiration } from "./command-follower.js";
import { SCENARIO_MS_MAX, tell } from "./scale.js";

const KEY_COUNT = 1000;
const WRITER_COUNT = 16;
const TTL_MS = { minimum: 100, maximum: 5000 };
const SETTINGS = ["--segment-bytes=8MiB", "--shutdown-grace=0"];

interface Acknowledged {
  readonly value: string;
  readonly deadlineMs: number;
}

describe("a thousand expirations", function () {
  this.timeout(SCENARIO_MS_MAX);

  let directory = "";
  let data = "";
  let server: ServerProcess;
  const followers = new Set<CommandFollower>();

  beforeEach(async () => {
    directory = await makeTemporaryDirectory();
    data = join(directory, "data");
    server = await ServerProcess.start(data, SETTINGS);
  });

  afterEach(async () => {
    for (const follower of followers) await follower.end("SIGKILL");
    await server.dispose();
    await removeDirectory(directory);
  });

  function follow(told: Told): CommandFollower {
    const follower = new CommandFollower(server.address, told);
    followers.add(follower);
    return follower;
  }

  async function setAll(): Promise<Map<string, Acknowledged>> {
    const random = new Random(5);
    const acknowledged = new Map<string, Acknowledged>();
    const store = connect({ address: server.address });
    let next = 0;
    const write = async (): Promise<void> => {
      while (next < KEY_COUNT) {
        const number = next++;
        const key = `session/${String(number)}`;
        const value = `what ${key} held: ${"x".repeat(random.below(200))}`;
        const ttlMs = TTL_MS.minimum + random.below(TTL_MS.maximum - TTL_MS.minimum + 1);
        const expiration = { kind: "ttl", ttlMs } as const;
        const { deadlineMs } = await store.set(setOf(key, value, { expiration }), PATIENT);
        acknowledged.set(key, { value, deadlineMs });
      }
    };
    await Promise.all(Array.from({ length: WRITER_COUNT }, write));
    await store.close();
    return acknowledged;
  }

  async function untilKeysLeft(count: number): Promise<void> {
    const store = connect({ address: server.address });
    while ((await store.status()).keyCount > count);
    await store.close();
  }

  it("are told one by one, whatever is stopped and killed meanwhile", async () => {
    const told = new Told();
    const first = follow(told);
    await told.until(0);
    const acknowledged = await setAll();
    const startMs = performance.now();

    // The follower is away for a while, and the server is not.
    await told.until(100);
    expect(await first.end("SIGINT")).to.equal(0);
    const toldToFirst = told.expirations.length;
    await untilKeysLeft(KEY_COUNT - toldToFirst - 100);

    // The server is killed under the next one, and stays down while deadlines pass.
    const second = follow(told);
    await told.until(toldToFirst + 200);
    const killed = await server.end("SIGKILL");
    expect(killed.signal, server.output).to.equal("SIGKILL");
    const downFromMs = Date.now();
    expect(await second.exit).to.equal(3);
    await untilSomePassed(acknowledged, downFromMs);
    server = await ServerProcess.start(data, SETTINGS);

    // The third is killed, and the server stopped in order.
    const third = follow(told);
    await told.until(Math.min(KEY_COUNT, told.expirations.length + 100));
    await third.end("SIGKILL");
    expect(await server.end("SIGTERM")).to.deep.equal({ code: 0, signal: null });
    server = await ServerProcess.start(data, SETTINGS);

    const last = follow(told);
    await told.until(KEY_COUNT);
    tell(`the last of ${String(KEY_COUNT)} was told ${seconds(startMs)} after the last Set`);
    await untilKeysLeft(0);
    check(told.expirations, acknowledged);
    expect(await last.end("SIGINT")).to.equal(0);

    // Whoever asks from the beginning is told the same, and no key is back.
    const again = new Told();
    const fresh = follow(again);
    await again.until(KEY_COUNT);
    await fresh.end("SIGINT");
    expect(again.expirations).to.deep.equal(told.expirations);
    const store = connect({ address: server.address });
    expect(await listAllKeys(store)).to.deep.equal([]);
    await store.close();
  });
});

/** Resolves when deadlines have passed since then, or all have. */
async function untilSomePassed(
  acknowledged: ReadonlyMap<string, Acknowledged>,
  sinceMs: number,
): Promise<void> {
  const pending = [...acknowledged.values()].filter(({ deadlineMs }) => deadlineMs > sinceMs);
  expect(pending, "the machine was too slow for this scenario").to.have.length.above(50);
  while (pending.filter(({ deadlineMs }) => deadlineMs < Date.now()).length < 50) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function check(
  told: readonly ToldExpiration[],
  acknowledged: ReadonlyMap<string, Acknowledged>,
): void {
  for (const [at, event] of told.entries()) {
    const before = told[at - 1];
    if (before !== undefined) {
      const isLater =
        event.revision > before.revision ||
        (event.revision === before.revision && event.index > before.index);
      expect(isLater, `${event.key} after ${before.key}`).to.equal(true);
    }
    const known = acknowledged.get(event.key);
    expect(event.value_text, event.key).to.equal(known?.value);
    expect(Date.parse(event.expire_time), event.key).to.equal(known?.deadlineMs);
    expect(Date.parse(event.commit_time)).to.be.at.least(Date.parse(event.expire_time));
  }
  expect(new Set(told.map(({ key }) => key))).to.have.property("size", acknowledged.size);
  expect(told).to.have.lengthOf(acknowledged.size);
  const whileDown = told.filter(({ cause }) => cause === "deadline-while-down");
  expect(whileDown.length).to.be.within(50, told.length - 100);
  tell(`${String(whileDown.length)} fell due while the server was down`);
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
