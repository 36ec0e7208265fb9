/**
 * Calls targets of the clients' own Makefiles, one language after the other. One whose tools are missing is told and skipped;
 * one that fails does not keep the others from their turn.
 */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { agentEnvironment, chooseLanguages, LANGUAGES, whyNot } from "./languages.js";

const CLIENTS_DIRECTORY = join(import.meta.dirname, "../../../../clients");

function main(words: readonly string[]): number {
  const { values, positionals: targets } = parseArgs({
    args: [...words],
    options: { language: { type: "string", default: LANGUAGES.join(",") } },
    allowPositionals: true,
  });
  const failed: string[] = [];
  for (const folder of chooseLanguages(values.language)) {
    const reason = whyNot(CLIENTS_DIRECTORY, folder);
    if (reason !== undefined) {
      say(`skipped: ${folder}: ${reason}`);
      continue;
    }
    for (const target of targets) {
      say(`==> clients/${folder}: ${target}`);
      if (runMake(folder, target)) continue;
      failed.push(`${folder}: ${target}`);
      break;
    }
  }
  for (const each of failed) say(`FAILED: ${each}`);
  return failed.length === 0 ? 0 : 1;
}

/** Whether it ended well. */
function runMake(folder: string, target: string): boolean {
  const { status } = spawnSync("make", ["-s", "-C", join(CLIENTS_DIRECTORY, folder), target], {
    env: agentEnvironment(),
    stdio: ["ignore", "inherit", "inherit"],
  });
  return status === 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = main(process.argv.slice(2));
