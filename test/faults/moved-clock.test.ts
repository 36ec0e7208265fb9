/**
 * A real server whose wall clock steps an hour or ten years, forwards and backwards: while it runs, and from one run to
 * the next. No key is revived, and none goes before its time, except that a clock which is ahead at a start is believed.
 */

import { join } from "node:path";

import { expect } from "chai";

import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { mixSeeds, Random } from "../support/random.js";
import { ServerProcess } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { Caller, readAll } from "./caller.js";
import { MovedClock, type Offset } from "./moved-clock.js";
import { Recorder } from "./recorder.js";
import { IS_FULL, ROUND_MS_MAX, sized, tell } from "./scale.js";
import { faketimeLibrary } from "./tools.js";

const SETTINGS = ["--segment-bytes=8MiB", "--shutdown-grace=0", "--watch-retention=1h"];
const ALL_STEPS: readonly Offset[] = ["+1h", "-1h", "+10y", "-10y"];
const STEPS = IS_FULL ? ALL_STEPS : (["-10y"] as const);
const ROUNDS = sized("ROUNDS", { normal: 1, full: 5 });
const CALLER_COUNT = 4;
const SEED = sized("SEED", { normal: 1, full: Date.now() % 2 ** 31 });

/** Longer than what is left of most keys that expire soon. */
const AFTER_STEP_MS = 2500;

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

describe("a wall clock that steps", function () {
  let library = "";
  this.timeout(2 * ROUND_MS_MAX * ROUNDS);

  before(function () {
    library = faketimeLibrary() ?? skipBecause(this, "libfaketime is not here");
  });

  for (const step of STEPS) {
    it(`by ${step} while the server runs changes no key's life`, async () => {
      await withTemporaryDirectory(async (directory) => {
        const clock = new MovedClock(library, directory);
        for (let round = 0; round < ROUNDS; round += 1) {
          const recorder = new Recorder();
          const data = join(directory, `data-${String(round)}`);
          await stepWhileCalling({ clock, recorder, data, step });
          tell(JSON.stringify(recorder.figures));
        }
      });
    });
  }

  for (const step of STEPS) {
    it(`by ${step} from one run to the next, and back, revives none`, async () => {
      await withTemporaryDirectory(async (directory) => {
        await stepAcrossRestarts(new MovedClock(library, directory), join(directory, "data"), step);
      });
    });
  }
});

interface Run {
  readonly clock: MovedClock;
  readonly recorder: Recorder;
  readonly data: string;
  readonly step: Offset;
}

/** Deadlines of every call hold to the true clock, within the slack of the check. */
async function stepWhileCalling({ clock, recorder, data, step }: Run): Promise<void> {
  clock.moveTo("+0");
  const server = await ServerProcess.start(data, SETTINGS, clock.launch);
  try {
    const { address } = server;
    const store = connect({ address });
    const enough = new AbortController();
    const callers = Array.from({ length: CALLER_COUNT }, (_, index) => {
      return new Caller(`caller-${String(index)}`, recorder, new Random(mixSeeds(SEED, index)));
    });
    const calling = Promise.all(callers.map((each) => each.callUntilGone(address, enough.signal)));
    await Promise.race([calling, wait(500)]);
    clock.moveTo(step);
    await Promise.race([calling, wait(AFTER_STEP_MS)]);
    const alarms = (await store.status()).alarms.map(({ kind }) => kind);
    // An hour is just what is believed at once, or a millisecond more.
    if (step !== "+1h") expect(alarms).to.deep.equal(step === "+10y" ? ["clock-ahead"] : []);
    enough.abort();
    await calling;
    await readAll(recorder, store);
    await store.close();
  } finally {
    await server.dispose();
  }
  recorder.endLife();
}

async function stepAcrossRestarts(clock: MovedClock, data: string, step: Offset): Promise<void> {
  const session = async (offset: Offset, run: (store: RemoteStore) => Promise<void>) => {
    clock.moveTo(offset);
    const server = await ServerProcess.start(data, SETTINGS, clock.launch);
    try {
      const store = connect({ address: server.address });
      await run(store);
      await store.close();
    } catch (error) {
      throw new Error(`at ${offset}: ${String(error)}\n${server.output}`, { cause: error });
    } finally {
      await server.dispose();
    }
  };
  // What is true of a clock that was believed at a start stays true when it is put right.
  const isAhead = step.startsWith("+");
  await session("+0", async (store) => {
    await setFor(store, "gone", 50);
    await untilGone(store, "gone");
    await setFor(store, "minutes", HOUR_MS / 2);
    await setFor(store, "days", step === "+10y" ? 20 * YEAR_MS : 48 * HOUR_MS);
    await store.set(setOf("for-ever", "value"), PATIENT);
    await store.set(setOf("deleted", "value"), PATIENT);
    await store.delete({ key: bytes("deleted") }, PATIENT);
  });
  const there = isAhead ? ["days", "for-ever"] : ["days", "for-ever", "minutes"];
  const expectThere = async (store: RemoteStore): Promise<void> => {
    const keys = await listAllKeys(store);
    expect(keys).to.have.members(there);
    for (const key of ["gone", "minutes", "days", "for-ever", "deleted"]) {
      const value = there.includes(key) ? "value" : undefined;
      expect(await valueOf(store, key), key).to.equal(value);
    }
  };
  for (const offset of [step, step, "+0"] as const) {
    await session(offset, async (store) => {
      await expectThere(store);
      await expectTimeToLive(store);
    });
  }
}

/** However the wall clock stands, a key lives as long as it was given. */
async function expectTimeToLive(store: RemoteStore): Promise<void> {
  const ttlMs = 300;
  const askedMs = performance.now();
  await setFor(store, "brief", ttlMs);
  const answeredMs = performance.now();
  for (;;) {
    const invokedMs = performance.now();
    const value = await valueOf(store, "brief");
    const isThere = value !== undefined;
    if (isThere) expect(invokedMs - answeredMs, "there for").to.be.below(ttlMs + SLACK_MS);
    if (!isThere) {
      expect(performance.now() - askedMs, "gone after").to.be.at.least(ttlMs - SLACK_MS);
      return;
    }
  }
}

/** Of rounding to milliseconds, and of the pull towards the wall clock. */
const SLACK_MS = 5;

async function setFor(store: RemoteStore, key: string, ttlMs: number): Promise<void> {
  await store.set(setOf(key, "value", { expiration: { kind: "ttl", ttlMs } }), PATIENT);
}

async function untilGone(store: RemoteStore, key: string): Promise<void> {
  while ((await valueOf(store, key)) !== undefined) await wait(5);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
