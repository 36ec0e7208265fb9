/**
 * Says whether this machine is ready to build: Node.js new enough (exit 2 and a plain line if not),
 * and node_modules holding exactly what package-lock.json names (exit 1 if not). It runs before
 * anything is installed or compiled, so it is plain JavaScript and needs nothing but Node.js.
 */

import { existsSync, readFileSync } from "node:fs";

const WRONG_NODE = 2;
const NOT_INSTALLED = 1;

/** What npm wrote about the packages that it put into node_modules. */
const INSTALLED = "node_modules/.package-lock.json";

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Whether the version is in the range, where a range is `^a.b.c || ^d.e.f`. */
function isInRange(version, range) {
  const found = version.split(".").map(Number);
  return range.split("||").some((part) => {
    const least = part.trim().replace("^", "").split(".").map(Number);
    if (found[0] !== least[0]) return false;
    return found[1] > least[1] || (found[1] === least[1] && found[2] >= least[2]);
  });
}

/** Packages made for other machines are optional and may be missing; all else must be the same. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const installed = readJson(INSTALLED).packages;
  const wanted = Object.entries(readJson("package-lock.json").packages);
  return wanted
    .filter(([path]) => path !== "")
    .every(([path, { version, optional }]) =>
      installed[path] === undefined ? optional === true : installed[path].version === version,
    );
}

const range = readJson("package.json").engines.node;
const version = process.versions.node;
const majorNewest = Number(range.split("^").at(-1).split(".")[0]);

if (isInRange(version, range)) {
  process.exitCode = isInstalled() ? 0 : NOT_INSTALLED;
} else if (Number(version.split(".")[0]) > majorNewest) {
  console.error(`Node.js ${version} is newer than what was tested (${range}); going on with it.`);
  process.exitCode = isInstalled() ? 0 : NOT_INSTALLED;
} else {
  console.error(`Node.js ${version} will not do: ${range} is needed.`);
  process.exitCode = WRONG_NODE;
}
