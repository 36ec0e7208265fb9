/** The bugs that the suite is tried with still fit the source, and are still another program. */

import { existsSync, readFileSync } from "node:fs";

import { expect } from "chai";

import { mutate } from "./mutant.js";
import { ASKED_TESTS, MUTATIONS } from "./mutations.js";

describe("each mutation", () => {
  for (const mutation of MUTATIONS) {
    it(`fits the source, as "make mutations" needs it: ${mutation.name}`, () => {
      const source = readFileSync(mutation.file, "utf8");
      expect(mutate(source, mutation)).not.to.equal(source);
    });
  }

  it("is looked for by tests that are there", () => {
    for (const name of ASKED_TESTS) {
      expect(existsSync(`test/${name}.test.ts`), name).to.equal(true);
    }
  });

  it("has a name of its own", () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).to.equal(MUTATIONS.length);
  });
});
