/**
 * Every key is overwritten ten times and nothing is kept for followers: a compaction brings the files down to
 * about what is live, with every value right, and reads are answered meanwhile.
 */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { KIB, MIB } from "../../src/base/index.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { runKvdb } from "../app/run-kvdb.js";
import { bytes, listAllKeys, PATIENT, setOf, valueOf } from "../support/calls.js";
import { SCENARIO_MS_MAX, sized, tell } from "./scale.js";
import { Stage } from "./stage.js";

const KEY_COUNT = sized({ normal: 500, full: 10_000 });
const OVERWRITES = 10;
const WRITER_COUNT = 32;
const READER_COUNT = 4;
const SEGMENT_BYTES = MIB;

/** Slow enough that reads fall into it. */
const COMPACTION_BYTES_PER_SECOND = sized({ normal: 2 * MIB, full: 4 * MIB });

const SETTINGS = [
  "--watch-retention=0",
  `--segment-bytes=${String(SEGMENT_BYTES)}`,
  "--limits-value-bytes=64KiB",
  "--limits-transaction-bytes=128KiB",
  `--compaction-bytes-per-second=${String(COMPACTION_BYTES_PER_SECOND)}`,
  "--compaction-period=0",
  // Values are to be read from the segments that are compacted.
  "--cache-bytes=0",
];

interface Report {
  readonly bytes_before: number;
  readonly bytes_after: number;
  readonly segments_before: number;
  readonly segments_after: number;
  readonly dropped_sets: number;
  readonly duration_ms: number;
}

describe("a store that was overwritten ten times", function () {
  this.timeout(SCENARIO_MS_MAX);

  it("shrinks to about its live size, and is read from meanwhile", async () => {
    await Stage.with(SETTINGS, async (stage) => {
      const store = connect({ address: stage.address });
      await overwriteAll(store);
      const bytesBefore = await bytesOfSegments(stage.data);
      const { liveBytes } = await store.status();
      expect(liveBytes).to.be.within(KEY_COUNT * KIB, KEY_COUNT * KIB * 1.3);
      expect(bytesBefore).to.be.above(liveBytes * OVERWRITES);

      let isOver = false;
      const reading = Array.from({ length: READER_COUNT }, (_, reader) =>
        readUntil(store, () => isOver, reader),
      );
      const outcome = await runKvdb(["compact", "--json", "--address", stage.address]);
      isOver = true;
      expect(outcome.code, outcome.stderr).to.equal(0);
      const durationsMs = (await Promise.all(reading)).flat();
      const report = JSON.parse(outcome.stdout) as Report;

      const bytesAfter = await bytesOfSegments(stage.data);
      // The active segment is allocated ahead, and is not compacted.
      expect(bytesAfter).to.be.below(liveBytes * 1.1 + 2 * SEGMENT_BYTES);
      expect(report.bytes_after).to.be.below(report.bytes_before / 3);
      expect(report.dropped_sets).to.be.above(KEY_COUNT * (OVERWRITES - 2));
      expect(durationsMs.length).to.be.above(100);
      tell(`${mib(bytesBefore)} to ${mib(bytesAfter)}, of which live ${mib(liveBytes)}`);
      tell(`took ${String(Math.round(report.duration_ms))} ms; ${readWords(durationsMs)}`);

      await checkAll(store);
      await store.close();
      expect(await stage.end("SIGTERM")).to.deep.equal({ code: 0, signal: null });
      await stage.start();
      const again = connect({ address: stage.address });
      await checkAll(again);
      await again.close();
    });
  });
});

async function overwriteAll(store: RemoteStore): Promise<void> {
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < KEY_COUNT * (1 + OVERWRITES)) {
      const number = next++;
      const key = number % KEY_COUNT;
      const round = Math.floor(number / KEY_COUNT);
      await store.set(setOf(keyOf(key), valueIn(key, round)), PATIENT);
    }
  };
  await Promise.all(Array.from({ length: WRITER_COUNT }, write));
}

async function bytesOfSegments(data: string): Promise<number> {
  const folder = join(data, "segments");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".seg"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function checkAll(store: RemoteStore): Promise<void> {
  expect(await listAllKeys(store)).to.have.lengthOf(KEY_COUNT);
  for (let key = 0; key < KEY_COUNT; key += 1) {
    expect(await valueOf(store, keyOf(key))).to.equal(valueIn(key, OVERWRITES));
  }
}

/** Reads one key after the other until told to stop; gives how long each read took. */
async function readUntil(
  store: RemoteStore,
  isOver: () => boolean,
  reader: number,
): Promise<readonly number[]> {
  const durationsMs: number[] = [];
  for (let count = reader; !isOver(); count += READER_COUNT) {
    const key = count % KEY_COUNT;
    const startMs = performance.now();
    const { entry } = await store.get(bytes(keyOf(key)), PATIENT);
    durationsMs.push(performance.now() - startMs);
    expect(entry?.value.toString()).to.equal(valueIn(key, OVERWRITES));
  }
  return durationsMs;
}

function keyOf(number: number): string {
  return `key/${String(number).padStart(6, "0")}`;
}

function valueIn(key: number, round: number): string {
  return `${keyOf(key)} in round ${String(round)} `.padEnd(KIB, ".");
}

function mib(count: number): string {
  return `${(count / MIB).toFixed(1)} MiB`;
}

function readWords(durationsMs: readonly number[]): string {
  const sorted = [...durationsMs].sort((left, right) => left - right);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  const longest = sorted.at(-1) ?? 0;
  return `${String(sorted.length)} reads meanwhile, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(1)} ms`;
}
