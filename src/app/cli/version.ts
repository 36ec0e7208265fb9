/** `kvdb --version`: which program this is, and on what it runs, as a report of a fault wants to know it. */

import { packageCommit, packageVersion } from "../version.js";
import { Printer } from "./printer.js";

const VERSION_WORDS = ["--version", "-V"];

/** Whether nothing else is asked for. */
export function asksForVersion(words: readonly string[]): boolean {
  const rest = words.filter((word) => !VERSION_WORDS.includes(word));
  return rest.length < words.length && rest.every((word) => word === "--json");
}

export async function printVersion(words: readonly string[]): Promise<void> {
  const { FORMAT_VERSION } = await import("../../log/index.js");
  const version = packageVersion();
  const commit = packageCommit();
  const node = process.versions.node;
  const platform = `${process.platform}-${process.arch}`;
  const made = commit === undefined ? [] : [`commit ${commit}`];
  const parts = [...made, `store format ${String(FORMAT_VERSION)}`, `Node.js ${node}`, platform];
  await new Printer({ json: words.includes("--json") }).say(
    {
      version,
      ...(commit === undefined ? {} : { commit }),
      store_format: FORMAT_VERSION,
      node,
      platform,
    },
    `kvdb ${version} (${parts.join(", ")})`,
  );
}
