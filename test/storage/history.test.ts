/**
 * Older versions against a model that forgets nothing: what the engine tells of the past is true, and it tells
 * all that it promises to keep; whatever is compacted, and however often it is opened with more or fewer.
 */

import { expect } from "chai";

import { NO_DEADLINE, revision, timeMs } from "../../src/base/index.js";
import type { Change, PastState } from "../../src/storage/index.js";
import {
  commit,
  deleteChange,
  expireChange,
  openEngine,
  setChange,
  type EngineBench,
  type EngineBenchOptions,
} from "../support/engine.js";
import { HistoryRun } from "../support/history-run.js";

const KEY = Buffer.from("key");

/** In so many steps compactions, restarts and removals come one after another in many orders. */
const STEPS = Number(process.env["HISTORY_STEPS"] ?? 250);
const FIRST_SEED = Number(process.env["HISTORY_SEED"] ?? 1);
const SEEDS = Number(process.env["HISTORY_SEEDS"] ?? 8);

const touchChange = (value: string, deadlineMs: number): Change => ({
  kind: "touch",
  key: KEY,
  value: Buffer.from(value),
  contentType: "",
  deadlineMs: timeMs(deadlineMs),
});

async function reopened(bench: EngineBench, options: EngineBenchOptions): Promise<EngineBench> {
  await bench.engine.close();
  return openEngine({ ...options, disk: bench.disk, manualClock: bench.clock });
}

/** `set 3`, `end 4`: what is kept of the key, newest first, with the revisions. */
const kept = ({ engine }: EngineBench): string[] =>
  engine.history
    .versionsOf(KEY)
    .map((entry) => `${entry.isTombstone ? "end" : "set"} ${String(entry.revision)}`);

/** What is known at revisions 1, 2, 3 and so on: `-` absent, `?` unknown, else the revision of the entry. */
function past({ engine }: EngineBench): string {
  const words: string[] = [];
  for (let at = 1; at <= engine.appliedRevision; at += 1) {
    words.push(wordOf(engine.history.lookupAt(KEY, revision(at))));
  }
  return words.join(" ");
}

function wordOf(state: PastState): string {
  if (state.kind === "entry") return String(state.entry.revision);
  return state.kind === "absent" ? "-" : "?";
}

/** The value of each version that is kept, from disk. */
async function values({ engine }: EngineBench): Promise<string[]> {
  const puts = engine.history.versionsOf(KEY).filter((entry) => !entry.isTombstone);
  return Promise.all(puts.map(async (entry) => (await engine.read(KEY, entry)).value.toString()));
}

describe("the history of a key", () => {
  it("is its newest version where no more are kept, and proves what that proves", async () => {
    const bench = await openEngine();
    await commit(bench, setChange("other", "-"));
    await commit(bench, setChange("key", "a"));
    await commit(bench, setChange("key", "b"));
    expect(kept(bench)).to.deep.equal(["set 3"]);
    expect(past(bench)).to.equal("? ? 3");
    await commit(bench, deleteChange("key"));
    expect(kept(bench)).to.deep.equal([]);
    expect(past(bench)).to.equal("? ? ? -");
    expect(bench.engine.status().olderVersionCount).to.equal(0);
    await bench.engine.close();
  });

  it("tells sets, touches, deletes and expirations apart, newest first, also after a restart", async () => {
    const options = { historyVersions: 6 };
    const bench = await openEngine(options);
    await commit(bench, setChange("other", "-"));
    await commit(bench, setChange("key", "a"));
    await commit(bench, touchChange("a", 5000));
    await commit(bench, expireChange("key", "a"));
    await commit(bench, setChange("key", "b", 9000));
    const told = ["set 5", "end 4", "set 3", "set 2"];
    expect(kept(bench)).to.deep.equal(told);
    expect(past(bench)).to.equal("- 2 3 - 5");
    expect(await values(bench)).to.deep.equal(["b", "a", "a"]);
    expect(bench.engine.history.versionsOf(KEY).map((entry) => entry.deadlineMs)).to.deep.equal([
      9000,
      5000,
      5000,
      NO_DEADLINE,
    ]);
    const again = await reopened(bench, options);
    expect(kept(again)).to.deep.equal(told);
    expect(past(again)).to.equal("- 2 3 - 5");
    expect(await values(again)).to.deep.equal(["b", "a", "a"]);
    await again.engine.close();
  });

  it("has at most so many versions, and proves nothing before them", async () => {
    const options = { historyVersions: 3 };
    const bench = await openEngine(options);
    for (const value of ["a", "b", "c", "d", "e"]) await commit(bench, setChange("key", value));
    expect(kept(bench)).to.deep.equal(["set 5", "set 4", "set 3"]);
    expect(past(bench)).to.equal("? ? 3 4 5");
    await commit(bench, deleteChange("key"));
    expect(kept(bench)).to.deep.equal(["end 6", "set 5", "set 4"]);
    await commit(bench, setChange("key", "f"));
    expect(past(bench)).to.equal("? ? ? ? 5 - 7");
    const again = await reopened(bench, options);
    expect(past(again)).to.equal("? ? ? ? 5 - 7");
    await again.engine.close();
  });

  it("survives compaction, with its values, where nothing else does", async () => {
    const options = { historyVersions: 3 };
    const bench = await openEngine(options);
    const value = (at: number): string => String(at).padEnd(1500, "v");
    for (let at = 1; at <= 12; at += 1) await commit(bench, setChange("key", value(at)));
    const { dropped } = await bench.engine.compact(0);
    expect(dropped.sets).to.equal(9);
    expect(await values(bench)).to.deep.equal([12, 11, 10].map(value));
    expect((await bench.engine.compact(0)).dropped.sets).to.equal(0);
    const again = await reopened(bench, options);
    expect(await values(again)).to.deep.equal([12, 11, 10].map(value));
    await again.engine.close();
  });

  it("of a removed key is forgotten when followers can no longer ask for its removal", async () => {
    const options = { historyVersions: 4, retentionMs: 60_000 };
    const bench = await openEngine(options);
    await commit(bench, setChange("key", "a"));
    await commit(bench, deleteChange("key"));
    await bench.engine.compact(0);
    expect(kept(bench)).to.deep.equal(["end 2", "set 1"]);
    expect(past(bench)).to.equal("1 -");
    bench.clock.pass(120_000);
    const { dropped } = await bench.engine.compact(0);
    expect(dropped).to.deep.equal({ sets: 1, tombstones: 1, replies: 0 });
    expect(kept(bench)).to.deep.equal([]);
    expect(bench.engine.status().liveBytes).to.equal(0);
    const again = await reopened(bench, options);
    expect(kept(again)).to.deep.equal([]);
    // From the floor on it is known to be absent.
    await commit(again, setChange("other", "-"));
    expect(past(again)).to.equal("? ? -");
    await again.engine.close();
  });

  it("is proven only from when more versions were kept", async () => {
    const bench = await openEngine({ historyVersions: 1 });
    for (const value of ["a", "b", "c"]) await commit(bench, setChange("key", value));
    const more = await reopened(bench, { historyVersions: 4 });
    expect(kept(more)).to.deep.equal(["set 3"]);
    await commit(more, setChange("key", "d"));
    expect(past(more)).to.equal("? ? 3 4");
    const same = await reopened(more, { historyVersions: 4 });
    expect(past(same)).to.equal("? ? 3 4");
    const fewer = await reopened(same, { historyVersions: 1 });
    expect(kept(fewer)).to.deep.equal(["set 4"]);
    const again = await reopened(fewer, { historyVersions: 4 });
    expect(past(again)).to.equal("? ? ? 4");
    await again.engine.close();
  });

  it("takes memory that counts, and gives it back when its key is forgotten", async () => {
    const bench = await openEngine({ historyVersions: 64 });
    const before = bench.engine.status().keydirBytes;
    for (let at = 0; at < 2000; at += 1)
      await commit(bench, setChange(`key ${String(at % 50)}`, "v"));
    expect(bench.engine.status().olderVersionCount).to.equal(1950);
    const full = bench.engine.status().keydirBytes;
    expect(full).to.be.greaterThan(before + 1950 * 40);
    for (let at = 0; at < 50; at += 1) await commit(bench, deleteChange(`key ${String(at)}`));
    await bench.engine.compact(0);
    expect(bench.engine.status()).to.include({
      olderVersionCount: 0,
      liveBytes: 0,
      keydirBytes: before,
    });
    await bench.engine.close();
  });

  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
    it(`is true and whole, whatever happens: HISTORY_SEED=${String(seed)}`, async () => {
      await new HistoryRun(seed).run(STEPS);
    }).timeout(120_000);
  }
});
