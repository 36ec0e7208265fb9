/** The clients: one row of the table each, and the one place that lists them. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";

export interface Client {
  /** As the table calls it. */
  readonly name: string;
  /** Its folder under `clients/`, by which a command line chooses it. */
  readonly folder: string;
  /** The target of its Makefile that runs its agent. */
  readonly target: string;
}

export const CLIENTS: readonly Client[] = [
  { name: "typescript", folder: "typescript", target: "agent" },
  { name: "python", folder: "python", target: "agent" },
  { name: "python (asyncio)", folder: "python", target: "agent-asyncio" },
  { name: "go", folder: "go", target: "agent" },
  { name: "java", folder: "java", target: "agent" },
  { name: "rust", folder: "rust", target: "agent" },
];

/** The folders, each once, in the order of the table. */
export const LANGUAGES: readonly string[] = [...new Set(CLIENTS.map(({ folder }) => folder))];

/** The folders that a command line names, separated by commas. Throws an Error if there is no such client. */
export function chooseLanguages(words: string): readonly string[] {
  const chosen = words.split(",").map((each) => each.trim());
  const unknown = chosen.find((each) => !LANGUAGES.includes(each));
  if (unknown === undefined) return LANGUAGES.filter((each) => chosen.includes(each));
  throw new Error(`there is no client for ${unknown}; there are ${LANGUAGES.join(", ")}`);
}

const PROBE_MS_MAX = 60_000;

/** Why a language cannot be run here. Undefined: it can. */
export function whyNot(clientsDirectory: string, folder: string): string | undefined {
  const directory = join(clientsDirectory, folder);
  if (!existsSync(join(directory, "Makefile"))) return `clients/${folder} is not there yet`;
  const probe = spawnSync("make", ["-s", "-C", directory, "probe"], {
    env: agentEnvironment(),
    encoding: "utf8",
    timeout: PROBE_MS_MAX,
  });
  if (probe.status === 0) return undefined;
  const said = `${probe.stdout}${probe.stderr}`.trim().split("\n")[0] ?? "";
  return said === "" ? "its probe failed and did not say why" : said;
}

/** What a client's make is run with: nothing of the make that may have run us. */
export function agentEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(MAKEFLAGS|MFLAGS|MAKELEVEL|MAKEOVERRIDES)$|^KVDB_/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}
