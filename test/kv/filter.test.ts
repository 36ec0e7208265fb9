/** Filters: what they can say, what is wrong with one and where, and that none takes long. */

import { expect } from "chai";

import { isKvError, NO_DEADLINE, revision, timeMs } from "../../src/base/index.js";
import { compileFilter, JSON_BYTES_MAX } from "../../src/kv/filter.js";
import type { Entry } from "../../src/kv/index.js";

const NOW_MS = Date.UTC(2030, 0, 31, 12);

function entryOf(value: string | Buffer, more: Partial<Entry> = {}): Entry {
  return {
    key: Buffer.from("deb/games/übung"),
    value: typeof value === "string" ? Buffer.from(value) : value,
    revision: revision(42),
    createRevision: revision(7),
    version: 3,
    deadlineMs: NO_DEADLINE,
    updateTimeMs: timeMs(NOW_MS),
    contentType: "application/json",
    ...more,
  };
}

const PACKAGE = entryOf(
  JSON.stringify({
    size: 123_456_789,
    name: "übung",
    tags: ["game", "2d", "network"],
    nested: { a: { b: null } },
    depends: [
      { name: "libc6", version: "2.36" },
      { name: "libsdl", version: "2.0" },
    ],
    constructor: 1,
  }),
);

const matches = (filter: string, entry: Entry = PACKAGE): boolean =>
  compileFilter(filter).matches(entry).isMatch;

function problemOf(filter: string): string {
  try {
    compileFilter(filter);
  } catch (error) {
    if (!isKvError(error, "INVALID_FIELD")) throw error;
    expect(error.metadata.field).to.equal("filter");
    return error.message;
  }
  throw new Error(`nothing is wrong with ${filter}`);
}

describe("a filter", () => {
  const TRUE = [
    'key.startsWith("deb/games/") && json.size > 100000000',
    "json.size == 123456789 && json.size < 1e9",
    "size > 10 && size < 1000 && revision == 42 && version >= 3",
    'content_type == "application/json"',
    'value.contains("libc6") && key.endsWith("übung")',
    'update_time == timestamp("2030-01-31T12:00:00Z")',
    'update_time > timestamp("2029-01-01T00:00:00Z") && update_time.getFullYear() == 2030',
    'update_time - duration("1h") < timestamp("2030-01-31T11:30:00Z")',
    "expire_time == null",
    "has(json.name) && !has(json.nothing) && has(json.nested.a)",
    "json.nested.a.b == null",
    '"game" in json.tags && json.tags.size() == 3 && json.tags[1] == "2d"',
    'json.tags.exists(tag, tag.startsWith("net")) && json.tags.all(tag, size(tag) > 1)',
    'json.depends.exists_one(d, d.name == "libc6" && d.version.startsWith("2."))',
    'json.depends.map(d, d.name) == ["libc6", "libsdl"]',
    'json.depends.filter(d, d.name == "libsdl").size() == 1',
    'json.depends.map(d, d.name).exists(name, name.contains("sdl"))',
    'json.name.matches("^.bung$")',
    "json.nothing == 1 || true",
    'has(json.nothing) ? json.nothing == 1 : json.name == "übung"',
    "json.constructor == 1",
  ];
  for (const filter of TRUE) {
    it(`can say ${filter}`, () => {
      expect(matches(filter)).to.equal(true);
    });
  }

  const FALSE = [
    "json.size > 200000000",
    "json.nothing == 1",
    "json.name > 5",
    "json.nested.a.b.c == 1",
    "has(json.toString) || has(json.__proto__)",
    'expire_time < timestamp("2031-01-01T00:00:00Z")',
    "json.tags",
    "1 / 0 == 1",
    "json.tags[17] == json.tags[18]",
  ];
  for (const filter of FALSE) {
    it(`does not match where it is not so, or makes no sense: ${filter}`, () => {
      expect(matches(filter)).to.equal(false);
    });
  }

  it("finds no JSON where there is none, and no text", () => {
    const filters = ["has(json.a)", "json.a == 1", "json == null", "json.size() > 0"];
    const long = `{"a": 1, "b": "${"x".repeat(JSON_BYTES_MAX)}"}`;
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    for (const value of ["", "{", "nonsense", Buffer.from([0x22, 0xff, 0x22]), long, deep]) {
      for (const filter of filters) expect(matches(filter, entryOf(value))).to.equal(false);
    }
    expect(matches("json == null", entryOf("null"))).to.equal(true);
    expect(matches("json == 5", entryOf(" 5 "))).to.equal(true);
    expect(matches('value == ""', entryOf(""))).to.equal(true);
    expect(matches('value != "x"', entryOf(Buffer.from([0xff])))).to.equal(false);
    expect(matches("size == 1", entryOf(Buffer.from([0xff])))).to.equal(true);
  });

  it("knows when a key expires", () => {
    const entry = entryOf("", { deadlineMs: timeMs(NOW_MS + 5000) });
    expect(matches('expire_time == timestamp("2030-01-31T12:00:05Z")', entry)).to.equal(true);
    expect(matches("expire_time == null", entry)).to.equal(false);
  });

  it("says whether it asks for what lies with the value", () => {
    expect(compileFilter('key == "a" && version > 1').needsRecord).to.equal(false);
    for (const name of ["json.a == 1", 'value == ""', "size > 1", 'content_type == ""']) {
      expect(compileFilter(name).needsRecord, name).to.equal(true);
    }
  });

  const WRONG: Readonly<Record<string, string>> = {
    "json.size >": "filter: column 11: ",
    "": "filter: ",
    "key == 'a' &&\n nothing > 1": "filter: line 2, column 2: there is no nothing",
    "key.foo()": "there is no function foo",
    "foo(key)": "there is no function foo",
    'size > "a"': "filter: column 6: there is no _>_(int, string)",
    "key && true": "filter: column 1: must be a bool, and is a string",
    size: "filter: column 1: must be a bool, and is a int",
    "key.length > 1": "a string has no field length",
    "key[0] == 'a'": "a string has no elements",
    "size.all(x, x > 1)": "must be a list or a map, and is a int",
    "value.matches('(')": "filter: column 15: ",
    "value.matches('\\\\pL')": "filter: column 15: ",
    "value.matches(key)": "the pattern of matches must be a text in quotes",
    [`value.matches('${"a".repeat(300)}')`]: "is longer than 256 characters",
    "Foo{a: 1} == 1": "filter: ",
    [`${"(".repeat(40)}true${")".repeat(40)}`]: "brackets within one another",
    [`key == '${"x".repeat(3000)}'`]: "must be at most 2048 bytes",
  };
  for (const [filter, words] of Object.entries(WRONG)) {
    it(`that is wrong says what and where: ${filter.slice(0, 40)}`, () => {
      expect(problemOf(filter)).to.include(words);
    });
  }

  describe("takes a bounded time", () => {
    const numbers = Array.from({ length: 30_000 }, (_, index) => index);
    const large = entryOf(JSON.stringify({ a: numbers, t: "a".repeat(50_000) }));
    const EXPENSIVE = [
      "json.a.all(x, json.a.all(y, json.a.all(z, z >= 0)))",
      "json.a.map(x, json.a.map(y, x + y)).size() > 0",
      "json.a.map(x, json.a) == json.a.map(x, json.a)",
      "json.a.all(x, value.contains('zzzz') || x >= 0)",
      "json.a.all(x, json.a.exists(y, y == -1) || true)",
      "json.a.all(x, x in json.a)",
      "json.t.matches('(a+)+$b')",
      "json.a.map(x, json.t + json.t).all(t, t.size() > 0)",
    ];
    for (const filter of EXPENSIVE) {
      it(`and no more: ${filter}`, () => {
        const compiled = compileFilter(filter);
        compiled.matches(large);
        const startMs = performance.now();
        const { isMatch, steps } = compiled.matches(large);
        const tookMs = performance.now() - startMs;
        expect(isMatch, "what is too much does not match").to.equal(false);
        expect(steps, "and is accounted for").to.be.above(1_000_000);
        // A few ms are allowed, and parsing takes some too; without a bound these take seconds to years.
        expect(tookMs).to.be.below(500);
      });
    }

    it("and what is not too much is found", () => {
      const some = entryOf(JSON.stringify({ a: numbers.slice(0, 1000) }));
      expect(matches("json.a.exists(x, x == 999)", some)).to.equal(true);
      expect(matches("json.a.filter(x, x > 500).size() == 499", some)).to.equal(true);
    });
  });
});
