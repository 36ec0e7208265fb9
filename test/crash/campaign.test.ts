/** `make crash` itself: it counts what it visits, ends when it is told to, and runs a named case again. */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { CrashDisk } from "../support/crash-disk.js";
import { parseCase } from "./cases.js";
import { describeProgress } from "./progress.js";
import { runOf, settingsOf } from "./runs.js";
import { CrashSearch } from "./search.js";

const MAIN = fileURLToPath(new URL("main.js", import.meta.url));

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function crash(env: Readonly<Record<string, string>>): Outcome {
  const unset = { STATES: "", MINUTES: "", SEED: "", WORKERS: "", RUN_STATES: "", CASE: "" };
  return spawnSync(process.execPath, [MAIN], {
    env: { ...process.env, ...unset, ...env },
    encoding: "utf8",
  });
}

describe("the crash search of many processes", () => {
  it("ends when it has visited so many states, and says how many and how fast", () => {
    const { status, stdout, stderr } = crash({ STATES: "150", WORKERS: "2", SEED: "3" });
    expect(stderr).to.equal("");
    expect(status).to.equal(0);
    const said = /^Visited ([\d,]+) states of the disk .* (\d+) a second/m.exec(stdout);
    expect(Number(said?.[1]?.replaceAll(",", ""))).to.be.within(150, 600);
    expect(Number(said?.[2])).to.be.greaterThan(0);
    expect(stdout).to.contain("All were survived.");
  }).timeout(60_000);

  it("runs a case alone, and refuses what names none", () => {
    const replayed = crash({ CASE: "1/400/3/10/5" });
    expect(replayed.stderr).to.equal("");
    expect(replayed.stdout).to.equal("The store survives case 1/400/3/10/5.\n");
    const refused = crash({ CASE: "1/400" });
    expect(refused.status).to.not.equal(0);
    expect(refused.stderr).to.contain('CASE: "1/400" is not seed/step/way');
    expect(crash({ STATES: "many" }).stderr).to.contain(
      'STATES: "many" is not a number above zero',
    );
  }).timeout(60_000);

  it("finds again, alone, what it has named", async () => {
    const liar = { ...runOf(1), bursts: 10, disk: () => new CrashDisk({ lies: ["sync"] }) };
    const found = await failureOf(() => new CrashSearch({ ...liar, statesMax: 200 }).run());
    const name = /CASE=([\d/]+)/.exec(found)?.[1] ?? "";
    const again = await failureOf(() => new CrashSearch(liar).replay(parseCase(name).cuts));
    expect(again.split("\n")[0]).to.equal(found.split("\n")[0]);
  }).timeout(30_000);

  it("mixes codecs, versions and orders of keys", () => {
    const mixes = new Set<string>();
    for (let seed = 1; seed <= 84; seed += 1) mixes.add(JSON.stringify(settingsOf(seed)));
    expect(mixes.size).to.equal(3 * 4 * 4);
  });
});

async function failureOf(run: () => Promise<unknown>): Promise<string> {
  return run().then(
    () => "it found nothing",
    (error: unknown) => String(error),
  );
}

describe("the progress of a search", () => {
  it("tells how far it is, how fast, and how long it will take", () => {
    const goal = { states: 1_000_000, durationMs: Number.POSITIVE_INFINITY };
    expect(describeProgress(goal, 250_000, 500)).to.equal(
      "250,000 of 1,000,000 states, 500 a second, 25 min left",
    );
    expect(describeProgress({ ...goal, durationMs: 560_000 }, 250_000, 500)).to.contain(
      ", 60 s left",
    );
  });
});
