/** The conformance run: every case against every client whose tools are there. README.md beside it says what is played. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { loadSuites } from "./case-file.js";
import type { Suite } from "./cases.js";
import { chooseSuites, readCommandLine, USAGE, type CommandLine } from "./command-line.js";
import { CLIENTS, whyNot, type Client } from "./languages.js";
import { resultsPage } from "./results.js";
import { tmpfsProblem } from "../../../test/faults/tools.js";
import { agentCommand, ClientRun, type ClientResult, type Listener } from "./run.js";

const PROJECT = join(import.meta.dirname, "../../../..");
const CLIENTS_DIRECTORY = join(PROJECT, "clients");
const CASES_DIRECTORY = join(CLIENTS_DIRECTORY, "conformance/cases");
const RESULTS = join(CLIENTS_DIRECTORY, "conformance/results.md");

/** Whatever a command line names itself. */
const OTHER: Client = { name: "the agent", folder: "", target: "" };

async function main(): Promise<number> {
  let asked: CommandLine;
  let suites: readonly Suite[];
  try {
    asked = readCommandLine(process.argv.slice(2));
    suites = chooseSuites(await loadSuites(CASES_DIRECTORY), asked);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (asked.check) {
    say(`${String(countCases(suites))} cases in ${String(suites.length)} suites are in order`);
    return 0;
  }
  const present = asked.agent === undefined ? asked.clients.filter(tellIfAbsent) : [OTHER];
  const playable = withoutDisks(suites);
  const results = await runAll(present, playable, asked);
  const isAll = isWhole(asked, present) && playable.length === suites.length;
  if (asked.write) await writeResults({ suites, results, isWhole: isAll });
  return conclude(results);
}

function countCases(suites: readonly Suite[]): number {
  return suites.reduce((sum, { cases }) => sum + cases.length, 0);
}

/** Those that can be played here: only who may mount a small disk can have a server on it. */
function withoutDisks(suites: readonly Suite[]): readonly Suite[] {
  if (suites.every(({ diskMib }) => diskMib === undefined)) return suites;
  const problem = tmpfsProblem();
  if (problem === undefined) return suites;
  return suites.filter(({ name, diskMib }) => {
    if (diskMib !== undefined)
      say(`skipped: suite ${name}: no small disk can be mounted: ${problem}`);
    return diskMib === undefined;
  });
}

const absences = new Map<string, string | undefined>();

/** Whether the client can be run; says why if it cannot, once for a language. */
function tellIfAbsent({ folder }: Client): boolean {
  if (!absences.has(folder)) {
    const reason = whyNot(CLIENTS_DIRECTORY, folder);
    absences.set(folder, reason);
    if (reason !== undefined) say(`skipped: ${folder}: ${reason}`);
  }
  return absences.get(folder) === undefined;
}

/** In the order of the table, whatever the order in which they end. */
async function runAll(
  clients: readonly Client[],
  suites: readonly Suite[],
  asked: CommandLine,
): Promise<readonly ClientResult[]> {
  const results: ClientResult[] = [];
  const waiting = [...clients];
  const listener = listenerFor(asked);
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const command = asked.agent ?? agentCommand(CLIENTS_DIRECTORY, next);
      const run = new ClientRun(next, command, listener);
      results.push(await run.run(suites));
    }
  };
  await Promise.all(Array.from({ length: asked.jobs }, work));
  return results.sort((a, b) => clients.indexOf(a.client) - clients.indexOf(b.client));
}

function listenerFor({ verbose }: CommandLine): Listener {
  return {
    suiteEnded: ({ client, suite, results, tookMs }) => {
      const passed = results.filter(({ failure }) => failure === undefined).length;
      const count = `${String(passed)}/${String(results.length)}`;
      say(`${client.name}: ${suite.name} ${count} in ${(tookMs / 1000).toFixed(1)} s`);
    },
    casePassed: ({ client, suite, case: { name }, tookMs }) => {
      if (verbose) say(`${client.name}: ${suite.name}, ${name}: passed in ${tookMs.toFixed(0)} ms`);
    },
    caseFailed: ({ client, suite, case: { name, about }, failure, said }) => {
      const { where, expected, got, answer } = failure;
      say(`FAILED: ${client.name}: ${suite.name}, ${name}: ${about}`);
      say(`  ${suite.file}, ${where}`);
      say(`  expected ${expected}`);
      say(`  got      ${got}`);
      if (answer !== undefined) say(`  answer   ${answer}`);
      if (verbose) say(said.replace(/^/gm, "  | "));
    },
  };
}

/** Whether everything was played to everyone, which alone makes a table. */
function isWhole({ suite, case: name, agent }: CommandLine, clients: readonly Client[]): boolean {
  const isFiltered = suite !== undefined || name !== undefined || agent !== undefined;
  return !isFiltered && clients.length === CLIENTS.length;
}

async function writeResults(run: {
  readonly suites: readonly Suite[];
  readonly results: readonly ClientResult[];
  readonly isWhole: boolean;
}): Promise<void> {
  if (!run.isWhole) {
    say("the table is not written: not every case was played to every client");
    return;
  }
  const page = resultsPage(run.suites, run.results);
  const before = await readFile(RESULTS, "utf8").catch(() => "");
  if (page === before) return;
  await writeFile(RESULTS, page);
  say("wrote clients/conformance/results.md");
}

function conclude(results: readonly ClientResult[]): number {
  for (const { client, cases } of results) {
    const failed = cases.filter(({ failure }) => failure !== undefined);
    const passed = String(cases.length - failed.length);
    const names = failed.map(({ suite, name }) => `${suite}/${name}`).join(", ");
    say(`${client.name}: ${passed}/${String(cases.length)}${names === "" ? "" : `; not ${names}`}`);
  }
  if (results.length === 0) say("no client was run");
  const isGood = results.every(({ cases }) => cases.every(({ failure }) => failure === undefined));
  return isGood ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const exitCode = await main();
// Left to end by itself, Node.js 20 was seen to spin for ever while it takes down the handles of a process like this one.
process.stdout.write("", () => process.exit(exitCode));
