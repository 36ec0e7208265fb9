/** A conformance run can fail: an agent that answers wrongly, or not at all, is found, and told with its place. */

import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { readSuite } from "../../clients/conformance/src/case-file.js";
import type { Failure } from "../../clients/conformance/src/case-run.js";
import { resultsPage } from "../../clients/conformance/src/results.js";
import { ClientRun, type ClientResult } from "../../clients/conformance/src/run.js";

const AGENT = fileURLToPath(new URL("faulty-agent.js", import.meta.url));
const CLIENT = { name: "faulty", folder: "faulty", target: "agent" };

/** A case in which what was set is read back. */
function caseOf(name: string): string {
  return `  - name: ${name}
    about: What was set is there.
    steps:
      - set: { key: ${name}/a, value: { text: one } }
        expect: { revision: $set }
      - get: { key: ${name}/a }
        expect: { entry: { value: { text: one }, revision: $set } }
`;
}

const SUITE = readSuite(
  "cases/s.yaml",
  `suite: s
about: A suite.
cases:
${["kept", "forgets", "refuses", "ends", "babbles", "kept-again"].map(caseOf).join("")}
  - name: invents
    about: What was not set is not there.
    steps:
      - get: { key: invents/a }
        expect: { entry: ~ }
`,
);

describe("a conformance run with an agent that does wrong", function () {
  this.timeout(60_000);

  let result: ClientResult;
  const told: string[] = [];

  before(async () => {
    const listener = {
      suiteEnded: () => undefined,
      casePassed: () => undefined,
      caseFailed: (failed: { failure: Failure }) => void told.push(failed.failure.where),
    };
    const client = new ClientRun(CLIENT, [process.execPath, AGENT], listener);
    result = await client.run([SUITE]);
  });

  function failureOf(name: string): Failure | undefined {
    return result.cases.find((each) => each.name === name)?.failure;
  }

  it("passes what is as it should be, also after a failure", () => {
    expect(failureOf("kept")).to.equal(undefined);
    expect(failureOf("kept-again")).to.equal(undefined);
  });

  it("finds a wrong value, and one where none should be", () => {
    expect(failureOf("forgets")).to.include({ where: "step 2 (get), entry.value", got: '""' });
    expect(failureOf("forgets")?.expected).to.include("one");
    expect(failureOf("invents")).to.include({ where: "step 1 (get), entry", expected: "nothing" });
  });

  for (const [name, got] of [
    ["refuses", "KEY_EXISTS"],
    ["ends", "code 3"],
    ["babbles", "what is no answer"],
  ] as const) {
    it(`finds an agent that ${name} where it should answer`, () => {
      expect(failureOf(name)?.where).to.equal("step 1 (set)");
      expect(failureOf(name)?.got).to.include(got);
    });
  }

  it("tells each failure once, and counts them in the table", () => {
    expect(told).to.have.lengthOf(5);
    const page = resultsPage([SUITE], [result]);
    expect(page).to.include("| s | 2/7 |");
    expect(page).to.include("| kept: What was set is there. | ✓ |");
    expect(page).to.include("| ends: What was set is there. | ✗ |");
  });
});
