/** What the command line asks for. */

import { parseArgs } from "node:util";

import { chooseLanguages, CLIENTS, LANGUAGES, type Client } from "./languages.js";
import type { Suite } from "./cases.js";

export const USAGE = `usage: node dist/clients/conformance/src/main.js [options]
  --language go,python   only these; default: all
  --agent 'COMMAND'      instead the client whose agent this command runs
  --suite watching       only this suite
  --case NAME            only the case of this name
  --jobs 2               so many clients at once; default 1
  --write                write the table to clients/conformance/results.md
  --verbose              each case, and of a failure what the agent and the server said last
  --check                only read and check the cases
`;

export interface CommandLine {
  /** A command in place of the clients, with its words. */
  readonly agent: readonly string[] | undefined;
  readonly clients: readonly Client[];
  readonly suite: string | undefined;
  readonly case: string | undefined;
  readonly jobs: number;
  readonly write: boolean;
  readonly verbose: boolean;
  readonly check: boolean;
}

const JOBS_MAX = 16;

/** Throws an Error that says what is wrong with the words. */
export function readCommandLine(words: readonly string[]): CommandLine {
  const { values } = parseArgs({
    args: [...words],
    options: {
      language: { type: "string", default: LANGUAGES.join(",") },
      agent: { type: "string" },
      suite: { type: "string" },
      case: { type: "string" },
      jobs: { type: "string", default: "1" },
      write: { type: "boolean", default: false },
      verbose: { type: "boolean", default: false },
      check: { type: "boolean", default: false },
    },
  });
  const { language, jobs, agent, suite, case: name, ...switches } = values;
  const chosen = chooseLanguages(language);
  if (!/^[1-9]\d?$/.test(jobs) || Number(jobs) > JOBS_MAX) {
    throw new Error(`--jobs is a number from 1 to ${String(JOBS_MAX)}, not ${jobs}`);
  }
  const clients = CLIENTS.filter(({ folder }) => chosen.includes(folder));
  return {
    agent: agent?.split(/\s+/),
    clients,
    suite,
    case: name,
    jobs: Number(jobs),
    ...switches,
  };
}

/** The suites that are asked for, with the cases that are. Throws an Error if there are none. */
export function chooseSuites(
  suites: readonly Suite[],
  asked: { readonly suite: string | undefined; readonly case: string | undefined },
): readonly Suite[] {
  const chosen = suites
    .filter(({ name }) => asked.suite === undefined || name === asked.suite)
    .map((suite) => ({
      ...suite,
      cases: suite.cases.filter(({ name }) => asked.case === undefined || name === asked.case),
    }))
    .filter(({ cases }) => cases.length > 0);
  if (chosen.length > 0) return chosen;
  const wanted = [asked.suite, asked.case].filter((each) => each !== undefined).join(", ");
  throw new Error(
    `no case is called so: ${wanted}; suites are ${suites.map(({ name }) => name).join(", ")}`,
  );
}
