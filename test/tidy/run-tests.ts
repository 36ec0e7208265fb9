/**
 * `make test`: each directory of tests in a Mocha of its own, two at a time where there are two cores; what one says is
 * printed as a whole when it ends. JOBS=1 runs one at a time. The last lines tell what was skipped and count it all.
 */

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

const TESTS = join(import.meta.dirname, "..");
const PROJECT = join(TESTS, "../..");
const MOCHA = "node_modules/mocha/bin/mocha.js";
const JOBS_MAX = 2;

/** Begun first, longest first, so that none of them is left to run alone at the end. */
const LONGEST: readonly string[] = ["crash", "property", "app", "faults", "scenarios", "storage"];

interface Ran {
  readonly directory: string;
  readonly isGood: boolean;
  readonly output: string;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The closing line of `closing-reporter.ts`. */
const COUNTS = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m;

async function main(): Promise<boolean> {
  const waiting = directories();
  const ran: Ran[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const startMs = performance.now();
      const result = await run(next);
      const took = String(Math.round((performance.now() - startMs) / 1000));
      console.log(`\n==> test/${next}, ${took} s${result.output.trimEnd()}`);
      ran.push(result);
    }
  };
  await Promise.all(Array.from({ length: jobCount() }, work));
  return conclude(ran);
}

function directories(): string[] {
  const all = readdirSync(TESTS).filter(hasTests);
  const rest = all.filter((name) => !LONGEST.includes(name)).sort();
  return [...LONGEST.filter((name) => all.includes(name)), ...rest];
}

function hasTests(directory: string): boolean {
  const names = readdirSync(join(TESTS, directory), { recursive: true, encoding: "utf8" });
  return names.some((name) => name.endsWith(".test.js"));
}

function jobCount(): number {
  const asked = process.env["JOBS"];
  if (asked === undefined) return Math.min(JOBS_MAX, availableParallelism());
  if (!/^[1-9]\d?$/.test(asked)) throw new Error(`JOBS is a number from 1 to 99, not ${asked}`);
  return Number(asked);
}

function run(directory: string): Promise<Ran> {
  const isColourful = process.stdout.isTTY && process.env["NO_COLOR"] === undefined;
  const child = spawn(process.execPath, [MOCHA, `dist/test/${directory}/**/*.test.js`], {
    cwd: PROJECT,
    env: { ...process.env, ...(isColourful ? { FORCE_COLOR: "1" } : {}) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: Buffer[] = [];
  const keep = (chunk: Buffer): void => void chunks.push(chunk);
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString();
      const isCounted = COUNTS.test(output);
      const ending = isCounted
        ? ""
        : `\nended without a count: ${signal ?? `code ${String(code)}`}`;
      resolve({ directory, isGood: code === 0 && isCounted, output: output + ending });
    });
  });
}

/** Says what was skipped, what failed and how to run that again, and the counts; whether all is well. */
function conclude(ran: readonly Ran[]): boolean {
  const sum: Counts = { passed: 0, failed: 0, skipped: 0 };
  console.log("");
  for (const { output } of ran) {
    for (const line of output.split("\n")) if (line.startsWith("skipped: ")) console.log(line);
    const [, passed = "0", failed = "0", skipped = "0"] = COUNTS.exec(output) ?? [];
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(skipped);
  }
  const bad = ran.filter(({ isGood }) => !isGood);
  for (const { directory } of bad) {
    console.log(
      `FAILED: test/${directory}; again: node ${MOCHA} 'dist/test/${directory}/**/*.test.js'`,
    );
  }
  const { passed, failed, skipped } = sum;
  console.log(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`);
  return bad.length === 0 && passed > 0;
}

process.exitCode = (await main()) ? 0 : 1;
