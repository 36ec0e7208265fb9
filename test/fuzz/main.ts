/**
 * `make fuzz`: every reader of bytes, one after the other, for so many runs or so many minutes each, and how fast
 * that went. An input that breaks a reader's word is printed, and belongs into test/fuzz/corpus/ with its mend.
 *
 *   RUNS=1000000    runs of each reader (100,000)
 *   MINUTES=5       at most so long for each reader (no bound)
 *   SEED=7          other inputs than those of the last time (1)
 *   TARGETS=record  only readers whose name has this in it
 */

import { fuzz } from "./fuzzer.js";
import { makeTargets } from "./targets.js";

function number(variable: string, fallback: number): number {
  const value = Number(process.env[variable] ?? fallback);
  if (!(value > 0)) throw new Error(`${variable} is a number above 0`);
  return value;
}

const runs = number("RUNS", 100_000);
const seed = number("SEED", 1);
const minutes = number("MINUTES", Number.POSITIVE_INFINITY);
const wanted = process.env["TARGETS"] ?? "";

let total = 0;
const startedMs = performance.now();
console.log("reader                        runs   accepted  sayings  a second");
for (const target of await makeTargets()) {
  if (!target.name.includes(wanted)) continue;
  const untilMs = performance.now() + minutes * 60_000;
  const fuzzed = await fuzz(target, { runs, seed, untilMs });
  total += fuzzed.runs;
  const cells = [fuzzed.runs, fuzzed.accepted, fuzzed.sayings, fuzzed.runs / fuzzed.seconds];
  const [count = "", accepted = "", sayings = "", rate = ""] = cells.map((cell) =>
    Math.round(cell).toLocaleString("en"),
  );
  const name = target.name.padEnd(24);
  console.log(
    `${name} ${count.padStart(10)} ${accepted.padStart(10)} ${sayings.padStart(8)} ${rate.padStart(9)}`,
  );
}
const seconds = (performance.now() - startedMs) / 1000;
console.log(`${total.toLocaleString("en")} runs in ${seconds.toFixed(0)} s, seed ${String(seed)}`);
