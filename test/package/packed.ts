/** The npm package of this project, made and put where nothing else of it is. */

import { execFile } from "node:child_process";
import { mkdir, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** `make package-test`: npm installs it as a user would, packages and all; else what this project has installed is lent to it. */
export const IS_INSTALLED = process.env["PACKAGE"] === "full";

export interface Packed {
  /** Relative to the package. */
  readonly files: readonly string[];
  readonly archive: string;
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** With its scripts, which build it and name the commit, only where it is made for real: tests run from what was built. */
export async function pack(directory: string): Promise<Packed> {
  const scripts = IS_INSTALLED ? [] : ["--ignore-scripts"];
  const words = ["pack", "--json", "--silent", ...scripts, "--pack-destination", directory];
  const { stdout } = await run("npm", words);
  // What the scripts print comes before the report.
  const [report] = JSON.parse(stdout.slice(stdout.search(/^\[/mu))) as [PackReport];
  return {
    files: report.files.map(({ path }) => path),
    archive: join(directory, report.filename),
  };
}

/** Where the program is, in a prefix of its own. */
export async function install(archive: string, prefix: string): Promise<string> {
  if (IS_INSTALLED) {
    const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
    await run("npm", ["install", "--global", "--prefix", prefix, ...quiet, archive]);
    return join(prefix, "bin", "kvdb");
  }
  await mkdir(prefix);
  await run("tar", ["-xzf", archive, "-C", prefix]);
  await symlink(resolve("node_modules"), join(prefix, "node_modules"));
  return join(prefix, "package/dist/src/app/cli/kvdb.js");
}
