/** Where things are and how they begin: kebab-case names, a promise on top, one front door a floor. */

import { readdirSync } from "node:fs";
import { basename } from "node:path";

import { expect } from "chai";

import { projectFiles, sources } from "./project-files.js";

const KEBAB_CASE = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|d))?\.ts$/;
const PROMISE = /^(#!.*\n)?\/\*\*/;

describe("source files", () => {
  it("have names in kebab-case", () => {
    const wrong = projectFiles(["src", "clients", "test", "bench"], [".ts"])
      .map(({ path }) => path)
      .filter((path) => !KEBAB_CASE.test(basename(path)));
    expect(wrong).to.deep.equal([]);
  });

  it("open with their promise", () => {
    const silent = [...sources(), ...projectFiles(["clients", "test", "bench"], [".ts"])]
      .filter(({ text }) => !PROMISE.test(text))
      .map(({ path }) => path);
    expect(silent).to.deep.equal([]);
  });

  it("have one index.ts a floor, and none below", () => {
    const floors = readdirSync("src").filter((floor) => floor !== "app");
    const doors = sources()
      .map(({ path }) => path)
      .filter((path) => basename(path) === "index.ts" && !path.startsWith("src/app/"));
    expect(doors).to.deep.equal(floors.sort().map((floor) => `src/${floor}/index.ts`));
  });
});
