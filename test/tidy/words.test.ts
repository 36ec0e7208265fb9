/** One word for one idea: words that this house does not use, in names, comments and documents. */

import { expect } from "chai";

import { pages, projectFiles, sources } from "./project-files.js";

/** What is not said, and what is said instead. */
const NEVER: readonly (readonly [RegExp, string])[] = [
  [/\bsequences?\b|\bseq\b/, "revision"],
  [/\blsns?\b/, "revision"],
  [/\bmerge[ds]?\b|\bmerging\b/, "compaction"],
  [/\blog files?\b/, "segment"],
  [/\bcursors?\b/, "token, or view"],
];

/** A terminal does have a cursor, and the setting that hides it is not named by us. */
const MEANT = /\bhide cursor\b/g;

/** `readLogFile` and `READ_LOG_FILE` as `read log file`, so that names are read like prose. */
function asProse(line: string): string {
  return line
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase()
    .replace(MEANT, "");
}

describe("words", () => {
  const files = [...sources(), ...projectFiles(["proto/keyvaluedb"], [".proto"]), ...pages()];
  for (const [forbidden, instead] of NEVER) {
    it(`never ${forbidden.source.replaceAll("\\b", "")}, but ${instead}`, () => {
      const found = files.flatMap(({ path, text }) =>
        text
          .split("\n")
          .map((line, index) => ({ line, where: `${path}:${String(index + 1)}` }))
          .filter(({ line }) => forbidden.test(asProse(line)))
          .map(({ line, where }) => `${where}: ${line.trim()}`),
      );
      expect(found).to.deep.equal([]);
    });
  }

  it("of names are split where a reader would", () => {
    expect(asProse("readLogFile READ_LOG_FILE log-file")).to.equal(
      "read log file read log file log file",
    );
  });
});
