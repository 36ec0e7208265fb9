/**
 * Real system calls that fail, at every place where a server puts something on stable storage. What fails in the log or
 * the manifest ends the server: nothing is acknowledged from then on, and the next start has all that was. What fails
 * in a file that can be made again is discarded, and the server goes on.
 */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { isKvError, present } from "../../src/base/index.js";
import { connect } from "../../src/grpc/index.js";
import type { Store } from "../../src/kv/store.js";
import { PATIENT } from "../support/calls.js";
import { ServerProcess, type HowItEnded } from "../support/server-process.js";
import { skipBecause } from "../support/skip-because.js";
import { withTemporaryDirectory } from "../support/temporary-directory.js";
import { KEYS } from "./asker.js";
import { isGone, readAll, recordedCall } from "./caller.js";
import { failing, readTrace, tracing, type Failure, type Made, type Site } from "./failing-sync.js";
import { Recorder } from "./recorder.js";
import { IS_FULL, ROUND_MS_MAX, tell } from "./scale.js";
import { straceProblem } from "./tools.js";

const SETTINGS = [
  "--shutdown-grace=0",
  "--watch-retention=0s",
  "--limits-transaction-bytes=128KiB",
  "--limits-value-bytes=64KiB",
  "--segment-bytes=1MiB",
];

const STORAGE_FAILED = 17;

/** About as many syncs as a spare is filled with. */
const FEWER_CALLS = 8;

type Outcome = "ends" | "goes on";

/** What a failure does, by the place where it happens. A start that cannot be gone on with ends too. */
const OUTCOMES: Readonly<Record<Site, readonly Outcome[]>> = {
  log: ["ends"],
  manifest: ["ends"],
  "names of the store": ["ends"],
  "names of segments": ["ends"],
  checkpoint: ["goes on"],
  "compaction output": ["goes on"],
  "manifest, room ahead": ["goes on"],
  "names of checkpoints": ["goes on"],
  "names of snapshots": ["goes on"],
  snapshot: ["goes on"],
  spare: ["goes on", "ends"],
  elsewhere: ["ends"],
};

describe("a system call that fails for real", function () {
  this.timeout(20 * ROUND_MS_MAX);

  before(function () {
    const problem = straceProblem();
    if (problem !== undefined) skipBecause(this, problem);
  });

  if (IS_FULL) {
    for (const code of ["EIO", "ENOSPC"] as const) {
      for (const call of ["fdatasync", "fsync", "pwrite64"] as const) {
        it(`${code} at every ${call}`, async () => {
          const told = new Map<string, number>();
          for (let at = 1; ; at += 1) {
            const ran = await runWith({ call, code, at });
            if (ran === undefined) break;
            const what = `${ran.failed.site}: ${ran.outcome}`;
            told.set(what, (told.get(what) ?? 0) + 1);
          }
          expect(told.size).to.be.greaterThan(3);
          tell(`${code} at ${call}: ${JSON.stringify(Object.fromEntries(told))}`);
        }).timeout(0);
      }
    }
  } else {
    it("EIO in each kind of place, once", async () => {
      for (const failure of await oneFailureASite()) {
        expect(await isMade(failure), "the call was made").to.equal(true);
      }
    });
  }
});

/** A call of each kind at each site, while the server serves. */
async function oneFailureASite(): Promise<Failure[]> {
  const made = await withTemporaryDirectory(async (directory) => {
    const data = join(directory, "data");
    const trace = join(directory, "trace");
    const server = await ServerProcess.start(data, SETTINGS, tracing(trace));
    await work(new Recorder(), server.address);
    expect(await server.end("SIGTERM")).to.deep.equal({ code: 0, signal: null });
    return readTrace(trace, data);
  });
  const counts = new Map<string, number>();
  const places = new Map<string, Failure[]>();
  for (const { call, site } of made) {
    const at = (counts.get(call) ?? 0) + 1;
    counts.set(call, at);
    const place = `${call} ${site}`;
    if (!CHOSEN.has(place)) continue;
    places.set(place, [...(places.get(place) ?? []), { call, code: "EIO", at }]);
  }
  expect([...places.keys()]).to.have.members([...CHOSEN]);
  // The last sync of its kind; of writes one in the midst, for how many there are differs from run to run.
  return [...places.values()].map((failures) => {
    const isWrite = failures[0]?.call === "pwrite64";
    return present(failures.at(isWrite ? failures.length / 2 : -1), "a call that was chosen");
  });
}

/** What the short run fails. */
const CHOSEN: ReadonlySet<string> = new Set([
  "pwrite64 log",
  "fdatasync log",
  "fdatasync manifest",
  "fsync names of the store",
  "fdatasync snapshot",
  "fdatasync compaction output",
  "fdatasync checkpoint",
]);

/**
 * Fails this call, or an earlier one where there were not so many: in how many slices spares are filled differs from run
 * to run.
 */
async function isMade({ at, ...failure }: Failure): Promise<boolean> {
  for (let earlier = at; earlier > 0; earlier -= FEWER_CALLS) {
    if ((await runWith({ ...failure, at: earlier })) !== undefined) return true;
  }
  return false;
}

/** What became of a server in which this failed; undefined: it never made the call that often. */
async function runWith(
  failure: Failure,
): Promise<{ readonly failed: Made; readonly outcome: Outcome } | undefined> {
  return withTemporaryDirectory(async (directory) => {
    const data = join(directory, "data");
    const trace = join(directory, "trace");
    const server = ServerProcess.begin(data, SETTINGS, failing(failure, trace));
    try {
      const recorder = new Recorder();
      const { ended, problems } = await live(server, recorder);
      await traceIsWhole(trace);
      const failed = (await readTrace(trace, data)).find(({ isFailed }) => isFailed);
      if (failed === undefined) return undefined;
      const outcome = ended.code === 0 ? "goes on" : "ends";
      const what = `${JSON.stringify({ failure, failed, ended, problems })}\n${server.output}`;
      expect(ended.code, what).to.be.oneOf([0, STORAGE_FAILED]);
      expect(OUTCOMES[failed.site], what).to.include(outcome);
      if (failed.site === "snapshot") expect(problems, what).to.have.property("snapshot");
      if (failed.site === "compaction output") expect(problems, what).to.have.property("compact");
      expect(recorder.changesAfterFailure, what).to.deep.equal([]);
      await checkWhatIsThere(data, recorder);
      return { failed, outcome };
    } catch (error) {
      throw new Error(`${JSON.stringify(failure)}: ${String(error)}\n${server.output}`, {
        cause: error,
      });
    } finally {
      await server.dispose();
    }
  });
}

interface Lived {
  readonly ended: HowItEnded;
  /** What jobs failed with, by name. */
  readonly problems: Readonly<Record<string, string>>;
}

/** From the start to the end that the failure brings, or else to an orderly one. */
async function live(server: ServerProcess, recorder: Recorder): Promise<Lived> {
  let problems = {};
  const ready = await server.ready().then(
    () => true,
    () => false,
  );
  if (ready) problems = await work(recorder, server.address);
  const ended = await (ready && !("gone" in problems) ? server.end("SIGTERM") : server.ended);
  recorder.endLife();
  return { ended, problems };
}

/** The next start finds it all, without what is no longer wanted, and ends in order. */
async function checkWhatIsThere(data: string, recorder: Recorder): Promise<void> {
  const server = await ServerProcess.start(data, SETTINGS);
  try {
    const store = connect({ address: server.address });
    await readAll(recorder, store);
    await store.close();
    expect(await server.end("SIGTERM"), server.output).to.deep.equal({ code: 0, signal: null });
  } finally {
    await server.dispose();
  }
  recorder.endLife();
  const names = await readdir(data, { recursive: true });
  expect(names.filter((name) => name.endsWith(".tmp"))).to.deep.equal([]);
}

/** Enough to fill some segments, one job of each kind, and more writes. Returns what went wrong. */
async function work(recorder: Recorder, address: string): Promise<Record<string, string>> {
  const store = connect({ address });
  const problems: Record<string, string> = {};
  const job = async (name: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      if (isGone(error)) throw error;
      problems[name] = String(error);
    }
  };
  try {
    await write(recorder, store, "early");
    await job("snapshot", () => store.snapshot(PATIENT));
    await job("compact", () => store.compact(PATIENT));
    await write(recorder, store, "late");
  } catch (error) {
    if (!isGone(error)) throw error;
    problems["gone"] = String(error);
  } finally {
    await store.close();
  }
  return problems;
}

const VALUE_BYTES = 60_000;

/** A few at a time, so that batches hold more than one. */
async function write(recorder: Recorder, store: Store, name: string): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    const calls = KEYS.slice(0, 5).map((key, index) => {
      const value = `${name}-${String(round)}-${String(index)}-${String(VALUE_BYTES)}`;
      const ask =
        round % 3 === 2 && index === 0
          ? ({ kind: "delete" } as const)
          : ({ kind: "set", value, expiration: { kind: "none" } } as const);
      return writeOnce(recorder, store, { key, ask });
    });
    const settled = await Promise.allSettled(calls);
    for (const each of settled) if (each.status === "rejected") throw each.reason;
  }
}

const REFUSED_PAUSE_MS = 50;

/** Where there is no room for a while, it is asked for again. */
async function writeOnce(
  recorder: Recorder,
  store: Store,
  { key, ask }: { key: string; ask: Parameters<typeof recordedCall>[3] },
): Promise<void> {
  for (;;) {
    try {
      await recordedCall(recorder, store, key, ask);
      return;
    } catch (error) {
      if (!isKvError(error, "NO_SPACE")) throw error;
      await new Promise((resolve) => setTimeout(resolve, REFUSED_PAUSE_MS));
    }
  }
}

/** strace writes its last line when the server is gone, and a little later than that. */
async function traceIsWhole(trace: string): Promise<void> {
  for (let size = -1; ;) {
    const { size: now } = await stat(trace);
    if (now === size) return;
    size = now;
    await new Promise((resolve) => setTimeout(resolve, REFUSED_PAUSE_MS));
  }
}
