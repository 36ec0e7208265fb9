/**
 * `make damage`: turns every bit of every file of the specimens, does all else to them that can be done, and
 * prints what became of it. It fails where an answer was wrong, and where docs/reliability.md says otherwise.
 *
 *   STORES=log,killed   only these stores
 *   EVERY=16            only one bit in so many
 *   SCALE=70            stores so many times as large; 70 is about a megabyte
 *   WORKERS=1           how many threads; by default one a core
 *   UPDATE=1            writes the tables into docs/reliability.md
 */

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";

import { OUTCOMES } from "./judge.js";
import { makeSpecimen, SPECIMEN_NAMES, type SpecimenName } from "./specimens.js";
import { addUp, rowsIn, tallyHands, toLines, withRows, type Row } from "./tables.js";

const DOCUMENT = "docs/reliability.md";
const BITS = "damage: bits";
const HANDS_MARKER = "damage: hands";

export interface DamageWork {
  readonly name: SpecimenName;
  readonly scale: number;
  readonly part: number;
  readonly parts: number;
}

function number(variable: string, fallback: number): number {
  const value = Number(process.env[variable] ?? fallback);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`${variable} is a count from 1 on`);
  return value;
}

const workers = number("WORKERS", availableParallelism());
const every = number("EVERY", 1);
const scale = number("SCALE", 1);
const stores = (process.env["STORES"] ?? SPECIMEN_NAMES.join(",")).split(",") as SpecimenName[];

function runWorker(work: DamageWork): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("bits-worker.js", import.meta.url), { workerData: work });
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

async function bitsOf(name: SpecimenName): Promise<Row[]> {
  const parts = workers * every;
  const shares = Array.from({ length: workers }, (_, worker) => worker * every);
  return addUp(await Promise.all(shares.map((part) => runWorker({ name, scale, part, parts }))));
}

function print(title: string, rows: readonly Row[]): void {
  console.log(`\n| ${title} | ${Object.keys(OUTCOMES).join(" | ")} |`);
  for (const line of toLines(rows)) console.log(line);
}

const started = performance.now();
const bits: Row[] = [];
for (const name of stores) {
  const begun = performance.now();
  const rows = await bitsOf(name);
  bits.push(...rows);
  print("store | file | bits", rows);
  const seconds = (performance.now() - begun) / 1000;
  const turned = rows.reduce((sum, { count }) => sum + count, 0) / every;
  console.log(`${Math.round(turned).toLocaleString("en")} bits in ${seconds.toFixed(0)} s`);
}
const specimens = await Promise.all(SPECIMEN_NAMES.map((name) => makeSpecimen(name)));
const hands = await tallyHands(specimens, { part: 0, parts: 1 });
print("what is done | cases", hands);
console.log(
  `\n${((performance.now() - started) / 1000).toFixed(0)} s on ${String(workers)} threads`,
);

const before = readFileSync(DOCUMENT, "utf8");
const after = withRows(
  every * scale === 1 ? withRows(before, BITS, bits) : before,
  HANDS_MARKER,
  hands,
);
if (process.env["UPDATE"] === "1") writeFileSync(DOCUMENT, after);
else if (isStale()) {
  console.error(`${DOCUMENT} says otherwise: UPDATE=1 make damage writes it anew`);
  process.exitCode = 1;
}

function isStale(): boolean {
  return [BITS, HANDS_MARKER].some((marker) => {
    const said = toLines(rowsIn(before, marker)).sort();
    return said.join("\n") !== toLines(rowsIn(after, marker)).sort().join("\n");
  });
}
