/**
 * Before a package is made: writes into dist/ of which commit it is, for `kvdb --version`. With `--forget`, after it was made, removes
 * that again, since a working copy goes on changing. It runs from npm alone, so it is plain JavaScript.
 */

import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";

const PLACE = "dist/src/app/build.json";

if (process.argv.includes("--forget")) {
  rmSync(PLACE, { force: true });
} else {
  // No tags, which would say no more than the version does; `-dirty` where files differ from the commit.
  const words = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
  try {
    const commit = execFileSync("git", words, { encoding: "utf8" }).trim();
    writeFileSync(PLACE, `${JSON.stringify({ commit })}\n`);
  } catch {
    console.error("This is no git repository: the package will not say of which commit it is.");
  }
}
