/** What the documents tell a reader to type exists: targets of make, commands of kvdb, versions. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

import { expect } from "chai";

import { pages } from "./project-files.js";

const KVDB = "dist/src/app/cli/kvdb.js";

/** Targets that a design of ours promises; some of them may only say that they are not there yet. */
const HABITS =
  "run build test check bench bench-engine crash clients clients-test generate fmt clean help";

function makefileTargets(): ReadonlySet<string> {
  const makefile = readFileSync("Makefile", "utf8");
  return new Set([...makefile.matchAll(/^([a-z-]+):/gm)].map(([, name]) => name ?? ""));
}

/** The words that follow `word` wherever a document shows code, with the page that says so. */
function shownAfter(word: RegExp): ReadonlyMap<string, string> {
  const shown = new Map<string, string>();
  for (const { path, text } of pages()) {
    for (const [code] of text.matchAll(/```.*?```|`[^`\n]+`/gs)) {
      for (const [, name = ""] of code.matchAll(word)) shown.set(name, path);
    }
  }
  return shown;
}

/** Commands as `kvdb --help` lists them. */
function kvdbCommands(): readonly string[] {
  const help = execFileSync(process.execPath, [KVDB, "--help"], { encoding: "utf8" });
  const list = help.slice(help.indexOf("Commands:"));
  return [...list.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name]) => name ?? "");
}

describe("what the documents tell a reader to type", () => {
  it("has the targets of make that it names", () => {
    const targets = makefileTargets();
    for (const [name, page] of shownAfter(/\bmake ([a-z-]+)/g)) {
      expect(targets, `${page} says make ${name}`).to.include(name);
    }
  });

  it("has every target that a habit needs, each with its line of help", () => {
    const makefile = readFileSync("Makefile", "utf8");
    for (const name of HABITS.split(" ")) {
      expect(makefile, name).to.match(new RegExp(`^${name}:.* ## \\S`, "m"));
    }
  });

  it("has the commands of kvdb that it names", () => {
    const commands = kvdbCommands();
    expect(commands).to.include("serve");
    for (const [name, page] of shownAfter(/(?:\bkvdb|kvdb\.js) ([a-z][a-z-]*)\b/g)) {
      expect(commands, `${page} says kvdb ${name}`).to.include(name);
    }
  });

  it("names the versions of Node.js that package.json does", () => {
    const settings = JSON.parse(readFileSync("package.json", "utf8")) as {
      engines: { node: string };
    };
    const readme = readFileSync("README.md", "utf8");
    for (const [, version = ""] of settings.engines.node.matchAll(/\^(\d+\.\d+)/g)) {
      expect(readme, `README.md names Node.js ${version}`).to.include(version);
    }
  });
});
