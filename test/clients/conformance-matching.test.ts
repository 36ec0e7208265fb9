/** What the cases expect of an answer, against answers that are so and answers that are not. */

import { expect } from "chai";

import { readExpectation } from "../../clients/conformance/src/expectation.js";
import type { Json } from "../../clients/conformance/src/json.js";
import { match } from "../../clients/conformance/src/matching.js";
import { Scope } from "../../clients/conformance/src/scope.js";

/** Where they differ, or undefined. */
function difference(
  expected: Json,
  answer: Json,
  { scope = new Scope(0), command = "get" }: { scope?: Scope; command?: string } = {},
): string | undefined {
  return match(readExpectation(expected, command), answer, scope)?.path;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("matching an answer", () => {
  it("lets it have more, but not less and not otherwise", () => {
    const answer = { revision: 7, deleted: true };
    expect(difference({ revision: 7 }, answer)).to.equal(undefined);
    expect(difference({ revision: 8 }, answer)).to.equal("revision");
    expect(difference({ deleted: false }, answer)).to.equal("deleted");
    expect(difference({ more: true }, answer)).to.equal("more");
    expect(difference({ revision: "7" }, answer), "a text is no number").to.equal("revision");
  });

  it("lets it leave out what is 0, false or empty, and tells that from what is absent", () => {
    const expected = { version: 0, replayed: false, content_type: "", keys: [], previous: null };
    expect(difference(expected, {})).to.equal(undefined);
    expect(difference({ previous: null }, { previous: {} })).to.equal("previous");
    expect(difference({ value: null }, { value: "" })).to.equal("value");
    expect(difference({ version: 1 }, {})).to.equal("version");
    expect(difference({ entry: { version: 0 } }, {}), "no entry at all").to.equal("entry");
  });

  it("wants a list to be as long, and each item to match", () => {
    const answer = { keys: ["a", "b"] };
    expect(difference({ keys: ["a", "b"] }, answer)).to.equal(undefined);
    expect(difference({ keys: ["a"] }, answer)).to.equal("keys");
    expect(difference({ keys: [] }, answer)).to.equal("keys");
    expect(difference({ keys: ["a", "c"] }, answer)).to.equal("keys[1]");
  });

  it("compares bytes however a case writes them", () => {
    const answer = { value: base64("abab") };
    for (const value of [{ text: "abab" }, { hex: "61626162" }, { repeat: ["ab", 2] }]) {
      expect(difference({ value }, answer)).to.equal(undefined);
    }
    expect(difference({ value: { repeat: ["b", 1], after: "aba" } }, answer)).to.equal(undefined);
    expect(difference({ value: { text: "abac" } }, answer)).to.equal("value");
    expect(difference({ value: { text: "" } }, {}), "left out").to.equal(undefined);
    const key = { repeat: ["k", 3], after: "a/" };
    expect(difference({ entry: { key } }, { entry: { key: "a/kkk" } })).to.equal(undefined);
  });

  it("gives a name its value where it stands first, and compares later", () => {
    const scope = new Scope(0);
    expect(difference({ revision: "$first" }, { revision: 7 }, { scope })).to.equal(undefined);
    expect(difference({ revision: "$first" }, { revision: 7 }, { scope })).to.equal(undefined);
    expect(difference({ revision: "$first" }, { revision: 8 }, { scope })).to.equal("revision");
    expect(difference({ revision: { $above: "$first" } }, { revision: 8 }, { scope })).to.equal(
      undefined,
    );
    expect(difference({ revision: { $above: "$first" } }, { revision: 7 }, { scope })).to.equal(
      "revision",
    );
    expect(difference({ other: "$none" }, {}, { scope }), "nothing to name").to.equal("other");
  });

  it("takes the metadata of an error as the text that it is", () => {
    const scope = new Scope(0);
    scope.bind("$first", 7);
    const answer = { metadata: { revision: "7", oldest_revision: "3" } };
    expect(difference({ metadata: { revision: "$first" } }, answer, { scope })).to.equal(undefined);
    const oldest = { metadata: { oldest_revision: "$oldest" } };
    expect(difference(oldest, answer, { scope })).to.equal(undefined);
    expect(scope.get("$oldest")).to.equal(3);
  });

  it("knows numbers, times, texts and choices", () => {
    const scope = new Scope(1000);
    const answer = { n: 5, at: 2000, message: "limit 4096" };
    const meets = (expected: Json): boolean => !difference(expected, answer, { scope });
    expect(meets({ n: { $between: [5, 9] } })).to.equal(true);
    expect(meets({ n: { $between: [6, 9] } })).to.equal(false);
    expect(meets({ n: { $at_most: 4 } })).to.equal(false);
    expect(meets({ at: { $later_ms: [900, 1100] } })).to.equal(true);
    expect(meets({ at: { $later_ms: [1001, 1100] } })).to.equal(false);
    expect(meets({ message: { $contains: "4096" } })).to.equal(true);
    expect(meets({ message: { $contains: "4097" } })).to.equal(false);
    expect(meets({ n: { $one_of: [4, 5] } })).to.equal(true);
    expect(meets({ n: { $one_of: [4, 6] } })).to.equal(false);
    expect(meets({ n: { $all: [{ $any: null }, 5] } })).to.equal(true);
    expect(meets({ none: { $any: null } })).to.equal(false);
  });

  it("finds each numbered key once, wherever it stands, and in order if asked", () => {
    const keys = (list: Json): string | undefined =>
      difference({ keys: { $once: ["k/", 3] } }, { keys: list });
    expect(keys(["k/2", "k/0", "k/1"])).to.equal(undefined);
    expect(keys(["k/0", "k/1"]), "one is missing").to.equal("keys");
    expect(keys(["k/0", "k/1", "k/1"]), "one is there twice").to.equal("keys");
    expect(keys(["k/0", "k/1", "k/2", "k/2"])).to.equal("keys");
    const events = [
      { revision: 5, index: 0, entry: { key: "k/1" } },
      { revision: 5, index: 1, entry: { key: "k/0" } },
    ];
    const told = (matcher: Json): string | undefined =>
      difference({ events: matcher }, { events }, { command: "next" });
    expect(told({ $all: [{ $once: ["k/", 2] }, { $rising: "revision" }] })).to.equal(undefined);
    expect(told({ $rising: "key" })).to.equal("events");
    expect(told({ $falling: "key" })).to.equal(undefined);
    expect(told({ $falling: "revision" })).to.equal("events");
  });

  it("leaves values of codecs as they are, and compares all of them", () => {
    const decode = (value: Json, answer: Json): string | undefined =>
      difference({ value }, answer, { command: "decode" });
    expect(decode({ text: "x" }, { value: { text: "x" } })).to.equal(undefined);
    expect(decode({ a: 1, b: 2 }, { value: { b: 2, a: 1 } })).to.equal(undefined);
    expect(decode({ a: 1 }, { value: { a: 1, b: 2 } }), "more is not the same").to.equal("value");
    expect(decode(null, {})).to.equal(undefined);
  });

  it("refuses what it does not know", () => {
    expect(() => readExpectation({ n: { $most: 3 } }, "get")).to.throw("$most");
    expect(() => readExpectation({ n: { $between: 3 } }, "get")).to.throw("$between");
    expect(() => readExpectation({ n: { $above: "3" } }, "get")).to.throw("number");
  });
});
