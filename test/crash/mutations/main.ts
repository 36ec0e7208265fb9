/**
 * `make mutations`: puts one bug after the other into a copy of the program and says by which test it was found,
 * and in how many states. Exits non-zero if one was not found.
 *
 *   ONLY=reply-before-sync   that one alone
 *   STATES=20000             how long the search may take with each
 */

import { spawn } from "node:child_process";

import { ASKED_TESTS, MUTATIONS, type Mutation } from "./mutations.js";
import { withMutant } from "./mutant.js";

const STATES = process.env["STATES"] ?? "20000";

/** Asked one after the other until one finds the bug: the search, then the tests that say what else must hold. */
const SUITES: readonly Suite[] = [
  { name: "the crash search", command: ["dist/test/crash/main.js"] },
  ...ASKED_TESTS.map((name) => ({
    name: `test/${name}.test.ts`,
    command: ["node_modules/.bin/mocha", "--bail", `dist/test/${name}.test.js`],
  })),
];

interface Suite {
  readonly name: string;
  readonly command: readonly string[];
}

interface Finding {
  readonly suite: string;
  readonly where: string;
}

async function findingOf(mutation: Mutation): Promise<Finding | undefined> {
  return withMutant(mutation, async (directory) => {
    for (const { name, command } of SUITES) {
      const { code, output } = await run(command, directory);
      if (code === 0) continue;
      const visited = /Visited ([\d,]+) states/.exec(output)?.[1];
      if (visited !== undefined) return { suite: name, where: `${visited} states` };
      const test = /^ +1\) (.*)$/m.exec(output)?.[1] ?? "";
      return { suite: name, where: `"${test}"` };
    }
    return undefined;
  });
}

function run(
  command: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  // As the search of `make test` goes about it, run by run.
  const bounds = { STATES, RUN_STATES: "3500", WORKERS: "1", MINUTES: "", SEED: "", CASE: "" };
  const env = { ...process.env, ...bounds };
  const child = spawn(process.execPath, command, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const take = (bytes: Buffer): void => {
    output += bytes.toString("utf8");
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({ code, output });
    });
  });
}

const only = process.env["ONLY"];
const chosen = MUTATIONS.filter(({ name }) => only === undefined || only === name);
if (chosen.length === 0) throw new Error(`ONLY: there is no mutation "${String(only)}"`);
console.log("| mutation | the bug | found by | after |\n|---|---|---|---|");
for (const mutation of chosen) {
  const finding = await findingOf(mutation);
  const { suite, where } = finding ?? { suite: "**nothing**", where: "–" };
  console.log(`| ${mutation.name} | ${mutation.bug} | ${suite} | ${where} |`);
  if (finding === undefined) process.exitCode = 1;
}
