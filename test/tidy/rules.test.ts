/** Each rule of recovery and failure has a test that is named after it, and is told in docs/reliability.md. */

import { readFileSync } from "node:fs";

import { expect } from "chai";

import { projectFiles } from "./project-files.js";

const RULES = Array.from({ length: 14 }, (_, index) => index + 1);

describe("the rules of recovery and failure", () => {
  it("have each a test that is named after it, and no test names another", () => {
    const titles = projectFiles(["test"], [".test.ts"]).flatMap(({ text }) =>
      [...text.matchAll(/\bit\([\s\n]*["`]rule (\d+): \S/g)].map(([, number]) => Number(number)),
    );
    expect([...new Set(titles)].sort((left, right) => left - right)).to.deep.equal(RULES);
  });

  it("are told, in order, where the promises are", () => {
    const page = readFileSync("docs/reliability.md", "utf8");
    const told = [...page.matchAll(/^(\d+)\. \S/gm)].map(([, number]) => Number(number));
    expect(told).to.deep.equal(RULES);
  });
});
