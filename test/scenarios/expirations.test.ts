/**
 * A thousand keys expire while whoever follows them is stopped and goes on, and the server is killed, and
 * stopped, and starts again: each expiration is told, in order, with its value, and once to one who resumes.
 */

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { Random } from "../support/random.js";
import { CommandFollower, Told, type ToldExpiration } from "./command-follower.js";
import { SCENARIO_MS_MAX, tell } from "./scale.js";
import { Stage } from "./stage.js";

const KEY_COUNT = 1000;
const WRITER_COUNT = 16;
const TTL_MS = { minimum: 100, maximum: 5000 };

interface Acknowledged {
  readonly value: string;
  readonly deadlineMs: number;
}

describe("a thousand expirations", function () {
  this.timeout(SCENARIO_MS_MAX);

  const followers = new Set<CommandFollower>();

  afterEach(async () => {
    for (const follower of followers) await follower.end("SIGKILL");
    followers.clear();
  });

  function follow(address: string, told: Told): CommandFollower {
    const follower = new CommandFollower(address, told);
    followers.add(follower);
    return follower;
  }

  it("are told one by one, whatever is stopped and killed meanwhile", async () => {
    await Stage.with([], async (stage) => {
      const told = new Told();
      const first = follow(stage.address, told);
      await told.until(0);
      const acknowledged = await setAll(stage.address);
      const startMs = performance.now();

      // The follower is away for a while, and the server is not.
      await told.until(100);
      expect(await first.end("SIGINT")).to.equal(0);
      const toldToFirst = told.expirations.length;
      await untilKeysLeft(stage.address, Math.max(0, KEY_COUNT - toldToFirst - 100));

      // The server is killed under the next one, and stays down while deadlines pass.
      const second = follow(stage.address, told);
      await told.until(Math.min(KEY_COUNT, toldToFirst + 200));
      const killed = await stage.end("SIGKILL");
      expect(killed.signal, stage.output).to.equal("SIGKILL");
      const downFromMs = Date.now();
      expect(await second.exit).to.equal(3);
      const dueWhileDown = await untilSomePassed(acknowledged, downFromMs);
      await stage.start();

      // The third is killed, and the server stopped in order.
      const third = follow(stage.address, told);
      await told.until(Math.min(KEY_COUNT, told.expirations.length + 100));
      await third.end("SIGKILL");
      expect(await stage.end("SIGTERM")).to.deep.equal({ code: 0, signal: null });
      await stage.start();

      const last = follow(stage.address, told);
      await told.until(KEY_COUNT);
      tell(`the last of ${String(KEY_COUNT)} was told ${seconds(startMs)} after the last Set`);
      await untilKeysLeft(stage.address, 0);
      check(told.expirations, acknowledged);
      const whileDown = told.expirations.filter(({ cause }) => cause === "deadline-while-down");
      expect(whileDown.length).to.be.within(dueWhileDown, KEY_COUNT - toldToFirst);
      tell(`${String(whileDown.length)} fell due while the server was down`);
      // All may have been told before it had begun.
      await last.begun;
      expect(await last.end("SIGINT")).to.equal(0);

      // Whoever asks from the beginning is told the same, and no key is back.
      const again = new Told();
      const fresh = follow(stage.address, again);
      await again.until(KEY_COUNT);
      await fresh.end("SIGINT");
      expect(again.expirations).to.deep.equal(told.expirations);
      const store = connect({ address: stage.address });
      expect(await listAllKeys(store)).to.deep.equal([]);
      await store.close();
    });
  });
});

async function setAll(address: string): Promise<Map<string, Acknowledged>> {
  const random = new Random(5);
  const acknowledged = new Map<string, Acknowledged>();
  const store = connect({ address });
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

async function untilKeysLeft(address: string, count: number): Promise<void> {
  const store = connect({ address });
  while ((await store.status()).keyCount > count);
  await store.close();
}

/** Waits for deadlines that pass after that time, and resolves to how many did, for certain. */
async function untilSomePassed(
  acknowledged: ReadonlyMap<string, Acknowledged>,
  sinceMs: number,
): Promise<number> {
  const pending = [...acknowledged.values()].filter(({ deadlineMs }) => deadlineMs > sinceMs);
  // On a very slow machine few are left by now.
  const enough = Math.min(50, Math.floor(pending.length / 2));
  while (pending.filter(({ deadlineMs }) => deadlineMs < Date.now()).length < enough) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return enough;
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
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
