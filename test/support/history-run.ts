/**
 * A run of an engine by chance that keeps older versions, beside a model that forgets nothing: sets, touches,
 * deletes, expirations, compactions, restarts with the same, more or fewer versions.
 */

import { expect } from "chai";

import { KIB, revision, timeMs, type Revision } from "../../src/base/index.js";
import type { KeydirEntry } from "../../src/keydir/index.js";
import type { Change } from "../../src/storage/index.js";
import { readManifest } from "../../src/log/index.js";
import {
  commit,
  deleteChange,
  expireChange,
  openEngine,
  setChange,
  type EngineBench,
} from "./engine.js";
import { DATA_DIRECTORY } from "./local-store.js";
import { Random } from "./random.js";

const HOT_KEYS = ["a", "b", "c", "aa", "b\0", "dddd"];

/** They change seldom, and so keep segments from being compacted that hold old records of others. */
const COLD_KEYS = Array.from({ length: 40 }, (_, at) => `cold-${String(at)}`);

const KEYS = [...HOT_KEYS, ...COLD_KEYS];

/** Of a cold key, so many revisions of the past are asked for. */
const COLD_REVISIONS = 12;

/** Compaction takes all segments, or those with so much garbage. */
const GARBAGE_RATIOS = [0, 0.3, 0.5, 0.5, 0.7, 0.7];

/** What happened to a key at a revision; without a value, it was removed. */
interface Happened {
  readonly revision: Revision;
  readonly value: string | undefined;
  readonly deadlineMs: number;
}

export class HistoryRun {
  readonly #random: Random;
  readonly #happened = new Map<string, Happened[]>(KEYS.map((key) => [key, []]));
  readonly #retentionBytes: number;
  #versions: number;
  /** The model's own account of from when on that many versions are kept. */
  #since = 0;
  #valueCount = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#versions = 1 + this.#random.below(5);
    this.#retentionBytes = this.#random.pick([0, 8 * KIB, 24 * KIB]);
  }

  async run(steps: number): Promise<void> {
    let bench = await this.#open();
    for (let step = 0; step < steps; step += 1) {
      const chance = this.#random.below(100);
      if (chance < 3) bench = await this.#reopen(bench);
      else if (chance < 8) {
        await bench.engine.compact(this.#random.pick(GARBAGE_RATIOS));
        await this.#judge(bench);
      } else await this.#change(bench);
    }
    await this.#judge(bench);
    bench = await this.#reopen(bench);
    await bench.engine.close();
  }

  #open(bench?: EngineBench): Promise<EngineBench> {
    const again = bench === undefined ? {} : { disk: bench.disk, manualClock: bench.clock };
    return openEngine({
      ...again,
      historyVersions: this.#versions,
      // What is above so many bytes is kept for followers; nothing is for its age.
      retentionMs: this.#retentionBytes === 0 ? 0 : 1e12,
      retentionBytes: this.#retentionBytes,
    });
  }

  async #reopen(bench: EngineBench): Promise<EngineBench> {
    const before = this.#versions;
    if (this.#random.oneIn(3)) this.#versions = 1 + this.#random.below(5);
    const told = KEYS.map((key) => placesOf(bench, key));
    const { liveBytes } = bench.engine.status();
    if (this.#versions > before) this.#since = bench.engine.appliedRevision;
    await bench.engine.close();
    const again = await this.#open(bench);
    if (this.#versions === before) {
      expect(
        KEYS.map((key) => placesOf(again, key)),
        "what is kept",
      ).to.deep.equal(told);
      expect(again.engine.status().liveBytes, "live bytes").to.equal(liveBytes);
    }
    await this.#judge(again);
    return again;
  }

  async #change(bench: EngineBench): Promise<void> {
    const keys = HOT_KEYS.filter(() => this.#random.oneIn(4));
    if (this.#random.coin()) keys.push(this.#random.pick(COLD_KEYS));
    const changes = keys.flatMap((key) => this.#changeOf(bench, key) ?? []);
    if (changes.length === 0) return;
    const at = await commit(bench, ...changes);
    for (const change of changes) {
      const isPut = change.kind === "set" || change.kind === "touch";
      const value = isPut ? change.value.toString() : undefined;
      const deadlineMs = isPut ? change.deadlineMs : 0;
      this.#of(change.key.toString()).push({ revision: at, value, deadlineMs });
    }
  }

  #changeOf({ engine }: EngineBench, key: string): Change | undefined {
    const deadlineMs = this.#random.pick([0, 0, 1 + this.#random.below(1000)]);
    const value = `${String(this.#valueCount++)}:`.padEnd(this.#random.below(700), "v");
    const current = this.#of(key).at(-1)?.value;
    expect(engine.lookup(Buffer.from(key)) !== undefined, "whether it exists").to.equal(
      current !== undefined,
    );
    if (current === undefined) return setChange(key, value, deadlineMs);
    const bytes = { key: Buffer.from(key), value: Buffer.from(current), contentType: "" };
    switch (this.#random.below(6)) {
      case 0:
        return deleteChange(key);
      case 1:
        return expireChange(key, current.slice(0, 10));
      case 2:
        return { kind: "touch", ...bytes, deadlineMs: timeMs(1000 + deadlineMs) };
      default:
        return setChange(key, value, deadlineMs);
    }
  }

  /** Fails unless all that is told of the past is true, and all that is promised is told. */
  async #judge(bench: EngineBench): Promise<void> {
    const manifest = await readManifest(bench.disk, DATA_DIRECTORY);
    const provenFrom = Math.max(this.#since, manifest?.feedFloor ?? 0);
    let existing = 0;
    let olderCount = 0;
    for (const key of KEYS) {
      const happened = this.#of(key);
      if (happened.at(-1)?.value !== undefined) existing += 1;
      for (const at of this.#revisions(bench, key)) {
        const since = happened.filter((each) => each.revision > at).length;
        // Where one version is kept, nothing is known of when an absent key was removed.
        const isSeen = this.#versions > 1 || happened.at(-1)?.value !== undefined;
        const mustKnow = isSeen && at >= provenFrom && since < this.#versions;
        this.#judgePast(bench, { key, at: revision(at), mustKnow });
      }
      const versions = bench.engine.history.versionsOf(Buffer.from(key));
      expect(versions.length, "versions").to.be.at.most(this.#versions);
      olderCount += versions.filter((entry, at) => at > 0 || entry.isTombstone).length;
      await this.#judgeValues(bench, key, versions);
    }
    expect(bench.engine.status()).to.include({ keyCount: existing, olderVersionCount: olderCount });
  }

  #revisions({ engine }: EngineBench, key: string): number[] {
    const last = engine.appliedRevision;
    if (HOT_KEYS.includes(key)) return Array.from({ length: last + 1 }, (_, at) => at);
    return Array.from({ length: COLD_REVISIONS }, () => this.#random.below(last + 1));
  }

  #judgePast(
    { engine }: EngineBench,
    { key, at, mustKnow }: { key: string; at: Revision; mustKnow: boolean },
  ): void {
    const told = engine.history.lookupAt(Buffer.from(key), at);
    const where = `${JSON.stringify(key)} at ${String(at)} of ${String(engine.appliedRevision)}`;
    if (told.kind === "unknown") {
      expect(mustKnow, `whether it must be known: ${where}`).to.equal(false);
      return;
    }
    const wanted = this.#of(key).findLast((each) => each.revision <= at);
    const wantedRevision = wanted?.value === undefined ? undefined : wanted.revision;
    const toldRevision = told.kind === "entry" ? told.entry.revision : undefined;
    expect(toldRevision, where).to.equal(wantedRevision);
  }

  async #judgeValues(
    { engine }: EngineBench,
    key: string,
    versions: readonly KeydirEntry[],
  ): Promise<void> {
    const happened = this.#of(key);
    for (const [at, entry] of versions.entries()) {
      const wanted = happened.at(-1 - at);
      expect(entry.revision, "no version is left out").to.equal(wanted?.revision);
      expect(entry.isTombstone, "is a tombstone").to.equal(wanted?.value === undefined);
      if (entry.isTombstone) continue;
      expect(entry.deadlineMs).to.equal(wanted?.deadlineMs);
      const { value } = await engine.read(Buffer.from(key), entry);
      expect(value.toString(), "the value").to.equal(wanted?.value);
    }
  }

  #of(key: string): Happened[] {
    const happened = this.#happened.get(key);
    if (happened === undefined) throw new Error("the key is not of this run");
    return happened;
  }
}

/** What is kept of a key, with where it lies. */
function placesOf({ engine }: EngineBench, key: string): string[] {
  return engine.history
    .versionsOf(Buffer.from(key))
    .map(({ segment, offset, revision: at }) => [at, segment, offset].join("/"));
}
