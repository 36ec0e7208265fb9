/**
 * A real server under sixteen real clients, killed without warning, again and again: while it writes, compacts, takes
 * snapshots and checkpoints, and while it starts; stopped in order now and then. Some of them pipeline. Whatever the clients were told is held
 * against what they are told afterwards, as one history: it is linearizable, and so nothing acknowledged is lost, and
 * nothing seen is undone.
 */

import { expect } from "chai";

import { connect } from "../../src/grpc/index.js";
import { listAllKeys, PATIENT } from "../support/calls.js";
import { mixSeeds, Random } from "../support/random.js";
import { ServerProcess } from "../support/server-process.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { Caller, readAll } from "./caller.js";
import { Recorder } from "./recorder.js";
import { ROUND_MS_MAX, sized, tell, tellProgress } from "./scale.js";
import { StreamCaller } from "./stream-caller.js";

const CALLER_COUNT = 16;
/** Of these, those that pipeline. */
const STREAM_CALLER_COUNT = 4;
const KILL_COUNT = sized("KILLS", { normal: 20, full: 1000 });
const SEED = sized("SEED", { normal: 1, full: Date.now() % 2 ** 31 });

/** Small segments start quickly and rotate; without retention everything may be compacted, and is. */
const SETTINGS = [
  "--shutdown-grace=20ms",
  "--watch-retention=0s",
  "--checkpoint-period=1s",
  "--compaction-bytes-per-second=4MiB",
  "--limits-transaction-bytes=128KiB",
  "--limits-value-bytes=64KiB",
  "--segment-bytes=1MiB",
];

/** Past this a start of these small stores is over. */
const START_MS_MAX = 500;

interface Counts {
  kills: number;
  killsInStart: number;
  stops: number;
}

describe("a real server that is killed", function () {
  this.timeout(ROUND_MS_MAX * KILL_COUNT);

  it(`tells one linearizable history through ${String(KILL_COUNT)} kills`, async () => {
    const startMs = performance.now();
    const recorder = new Recorder();
    const streams: StreamCaller[] = [];
    const streamed = (count: "answeredCount" | "brokenCount"): number =>
      streams.reduce((sum, caller) => sum + caller[count], 0);
    const counts: Counts = { kills: 0, killsInStart: 0, stops: 0 };
    const figures = (): string => {
      const seconds = Math.round((performance.now() - startMs) / 1000);
      const piped = { pipelined: streamed("answeredCount"), broken: streamed("brokenCount") };
      return JSON.stringify({ ...counts, ...recorder.figures, ...piped, seconds });
    };
    await withTemporaryDirectory(async (directory) => {
      const callers = Array.from({ length: CALLER_COUNT }, (_, index) => {
        const name = `caller-${String(index)}`;
        const random = new Random(mixSeeds(SEED, index));
        if (index >= STREAM_CALLER_COUNT) return new Caller(name, recorder, random);
        const caller = new StreamCaller(name, recorder, random);
        streams.push(caller);
        return caller;
      });
      const world: World = { directory, recorder, callers, random: new Random(SEED), counts };
      try {
        while (counts.kills < KILL_COUNT) {
          await liveOnce(world);
          tellProgress(counts.kills, KILL_COUNT, figures);
        }
        await lookOnce(world);
      } catch (error) {
        throw new Error(`with SEED=${String(SEED)}, after ${figures()}: ${String(error)}`, {
          cause: error,
        });
      }
    });
    expect(recorder.callCount).to.be.greaterThan(100 * KILL_COUNT);
    expect(streamed("answeredCount"), "pipelined").to.be.greaterThan(20 * KILL_COUNT);
    expect(streamed("brokenCount"), "under way when a stream broke").to.be.greaterThan(0);
    tell(figures());
  });
});

interface World {
  readonly directory: string;
  readonly recorder: Recorder;
  readonly callers: readonly (Caller | StreamCaller)[];
  readonly random: Random;
  readonly counts: Counts;
}

/** One life of the server, from its start to its end, one way or another. */
async function liveOnce(world: World): Promise<void> {
  const { directory, recorder, callers, random, counts } = world;
  if (random.oneIn(5)) await killInStart(world);
  const server = await ServerProcess.start(directory, SETTINGS);
  try {
    await look(world, server);
    const enough = recorder.callCount + 50 + random.below(1000);
    const calling = callers.map((caller) => caller.callUntilGone(server.address));
    const maintaining = maintainUntilGone(server.address);
    const all = Promise.all([...calling, maintaining]);
    let isOver = false;
    const noteEnd = (): void => {
      isOver = true;
    };
    all.then(noteEnd, noteEnd);
    await until(() => isOver || recorder.callCount >= enough);
    if (random.oneIn(8)) {
      counts.stops += 1;
      expect(await server.end("SIGTERM"), server.output).to.deep.equal({ code: 0, signal: null });
    } else {
      counts.kills += 1;
      expect((await server.end("SIGKILL")).signal, server.output).to.equal("SIGKILL");
    }
    await all;
    recorder.endLife();
  } catch (error) {
    throw new Error(`${String(error)}\nThe server's words:\n${server.output}`, { cause: error });
  } finally {
    await server.dispose();
  }
}

/** Recovery is cut too, and what it left is recovered by the next start. */
async function killInStart({ directory, random, counts }: World): Promise<void> {
  const server = ServerProcess.begin(directory, SETTINGS);
  await new Promise((resolve) => setTimeout(resolve, random.below(START_MS_MAX)));
  await server.dispose();
  counts.killsInStart += 1;
}

async function lookOnce(world: World): Promise<void> {
  const server = await ServerProcess.start(world.directory, SETTINGS);
  try {
    await look(world, server);
  } finally {
    await server.dispose();
  }
  world.recorder.endLife();
}

/** Everything is read while nobody writes; a listing holds what is there before and after it, and nothing else. */
async function look({ recorder }: World, server: ServerProcess): Promise<void> {
  const store = connect({ address: server.address });
  try {
    const before = await readAll(recorder, store);
    const listed = await listAllKeys(store);
    const after = await readAll(recorder, store);
    expect([...before], "what is there before the list").to.include.members(listed);
    expect(listed, "the list").to.include.members([...after]);
  } finally {
    await store.close();
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

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
