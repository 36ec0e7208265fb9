/** Files of cases: those that are there are in order, and what is wrong with one is said with its place. */

import { expect } from "chai";

import { loadSuites, readSuite } from "../../clients/conformance/src/case-file.js";

/** A suite of one case with these steps. */
function suiteOf(steps: string, more = ""): string {
  return `suite: s\nabout: A suite.\n${more}cases:\n  - name: c\n    about: A case.\n    steps:\n${steps}`;
}

function step(text: string): string {
  return `      - ${text}\n`;
}

/** Each with what the refusal must say. */
const REFUSED: readonly (readonly [string, string, string])[] = [
  ["a call that there is not", step("frobnicate: { key: c/a }"), "frobnicate"],
  ["an argument that there is not", step("get: { key: c/a, colour: red }"), "colour"],
  ["a key of another case", step("get: { key: other/a }"), '"c/"'],
  ["a prefix of another case", step("count_keys: { range: { prefix: oth } }"), '"c/"'],
  [
    "a key of another case in a transaction",
    step("transact: { then: [{ get: { key: x } }] }"),
    "x",
  ],
  ["no range where that means every key", step("count_keys: {}"), "range"],
  ["a value that is a bare text", step("set: { key: c/a, value: one }"), "{ text: … }"],
  ["a name without a value", step("get: { key: c/a, revision: $first }"), "$first"],
  [
    "a name without a value in what is expected",
    step("get: { key: c/a }\n        expect: { entry: { revision: { $above: $first } } }"),
    "$first",
  ],
  [
    "two ends of a call",
    step("get: { key: c/a }\n        expect: {}\n        expect_error: {}"),
    "one",
  ],
  ["what is beside a call and unknown", step("get: { key: c/a }\n        expects: {}"), "expects"],
  ["a call that is begun and not awaited", step("get: { key: c/a }\n        begin: x"), "x"],
  ["an await of nothing", step("await: x"), "x"],
  ["a deed that there is not", step("server: explode"), "explode"],
  ["a full disk where there is none of its own", step("disk: fill"), "disk_mib"],
  ["a refusal with a status that there is not", step("refuse: { code: TIRED }"), "code"],
  ["a long wait", step("wait_ms: 60000"), "3000"],
  [
    "steps of attempts beside another call",
    step("get: { key: c/a }\n        first_attempt: [{ wait_ms: 1 }]"),
    "get",
  ],
  ["a call behind the client that there is not", step("behind: { scan: {} }"), "scan"],
];

describe("files of cases", () => {
  it("are all in order, with more than a hundred cases, each with a name of its own in its suite", async () => {
    const suites = await loadSuites("clients/conformance/cases");
    const count = suites.reduce((sum, { cases }) => sum + cases.length, 0);
    expect(count).to.be.at.least(100);
    expect(new Set(suites.map(({ name }) => name)).size).to.equal(suites.length);
  });

  for (const [title, steps, said] of REFUSED) {
    it(`are refused with ${title}`, () => {
      const read = (): unknown => readSuite("cases/s.yaml", suiteOf(steps));
      expect(read)
        .to.throw(/^cases\/s\.yaml: c: /)
        .with.property("message")
        .that.includes(said);
    });
  }

  it("are refused with what is wrong around the cases", () => {
    const whole = suiteOf(step("get: { key: c/a }"));
    expect(() => readSuite("cases/other.yaml", whole)).to.throw("called s");
    expect(() => readSuite("cases/s.yaml", `${whole}extra: 1\n`)).to.throw("extra");
    const twice = whole + whole.slice(whole.indexOf("  - name"));
    expect(() => readSuite("cases/s.yaml", twice)).to.throw("two cases called c");
    expect(() => readSuite("cases/s.yaml", "suite: s\nabout: A suite.\ncases: []\n")).to.throw(
      "cases",
    );
    const wrong = suiteOf(step("get: { key: c/a }"), "open: { colour: red }\n");
    expect(() => readSuite("cases/s.yaml", wrong)).to.throw("colour");
  });

  it("say where in nested steps the mistake is", () => {
    const steps = step(
      "transaction: { add: { c/a: 1 } }\n        each_attempt: [{ wait_ms: 1 }, { server: x }]",
    );
    const read = (): unknown => readSuite("cases/s.yaml", suiteOf(steps));
    expect(read).to.throw("step 1 (transaction), each_attempt, step 2 (server)");
  });
});
