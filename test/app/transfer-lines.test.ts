/** Lines of an import and an export: what is taken, what is refused and why, and that nothing changes. */

import { expect } from "chai";
import fc from "fast-check";

import { exportLine } from "../../src/app/transfer/export-line.js";
import { parseImportLine } from "../../src/app/transfer/import-line.js";
import { objectMembers } from "../../src/app/transfer/json-members.js";
import { splitLines, type Line } from "../../src/app/transfer/lines.js";
import { NO_DEADLINE, revision, timeMs } from "../../src/base/index.js";
import type { Entry } from "../../src/kv/index.js";

function reasonOf(line: string | Buffer): string {
  const outcome = parseImportLine(Buffer.from(line));
  return outcome.kind === "problem" ? outcome.problem : "taken";
}

function entryOf(key: string, value: Buffer, contentType: string): Entry {
  const time = timeMs(1_000_000);
  return {
    key: Buffer.from(key),
    value,
    contentType,
    revision: revision(1),
    createRevision: revision(1),
    version: 1,
    deadlineMs: NO_DEADLINE,
    updateTimeMs: time,
  };
}

async function linesOf(chunks: readonly Buffer[], bytesMax = 100): Promise<readonly Line[]> {
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream is what is asked for
  async function* source(): AsyncGenerator<Buffer> {
    yield* chunks;
  }
  const lines: Line[] = [];
  for await (const line of splitLines(source(), bytesMax)) lines.push(line);
  return lines;
}

describe("the lines of a stream", () => {
  it("are the same wherever the chunks are cut", async () => {
    const bytes = Buffer.from("one\ntwo\r\n\nfour");
    for (let cut = 0; cut <= bytes.length; cut++) {
      const lines = await linesOf([bytes.subarray(0, cut), bytes.subarray(cut)]);
      const texts = lines.map((line) => (line.kind === "line" ? line.bytes.toString() : "?"));
      expect(texts, `cut at ${String(cut)}`).to.deep.equal(["one", "two", "", "four"]);
      expect(lines.map((line) => line.number)).to.deep.equal([1, 2, 3, 4]);
    }
  });

  it("have an end that adds no empty line", async () => {
    expect(await linesOf([Buffer.from("one\n")])).to.have.lengthOf(1);
    expect(await linesOf([])).to.have.lengthOf(0);
  });

  it("are named and passed over when they are too long", async () => {
    const lines = await linesOf([Buffer.from(`a\n${"b".repeat(101)}\nc\n`)]);
    expect(lines.map((line) => line.kind)).to.deep.equal(["line", "too-long", "line"]);
    expect(await linesOf([Buffer.from("b".repeat(100))])).to.have.lengthOf(1);
  });
});

describe("the members of an object", () => {
  it("keep each value as it is written", () => {
    const text = ' { "a" : 1.10 , "b":[1, {"c":"}\\"]"}],"d\\u0041":"x\\\\", "a":-0e1 ,"e":null } ';
    expect(objectMembers(text)).to.deep.equal([
      { name: "a", text: "1.10" },
      { name: "b", text: '[1, {"c":"}\\"]"}]' },
      { name: "dA", text: '"x\\\\"' },
      { name: "a", text: "-0e1" },
      { name: "e", text: "null" },
    ]);
    expect(objectMembers("{}")).to.deep.equal([]);
    expect(objectMembers("[{}]")).to.equal(undefined);
  });

  it("read any object like JSON.parse does", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (object, indent) => {
        const text = JSON.stringify(object, null, indent);
        const members = objectMembers(text) ?? [];
        const read = members.map(({ name, text: value }) => [name, JSON.parse(value) as unknown]);
        expect(Object.fromEntries(read)).to.deep.equal(JSON.parse(text));
      }),
    );
  });

  it("may nest deeper than the stack", () => {
    const nested = "[".repeat(5000) + "]".repeat(5000);
    expect(objectMembers(`{"a":${nested}}`)?.[0]?.text).to.equal(nested);
  });
});

describe("a line of an import", () => {
  it("stores the value's own text", () => {
    const line = '{"key":"k","value": {"n":123456789012345678901234567890, "f":1.10}}';
    const outcome = parseImportLine(Buffer.from(line));
    expect(outcome).to.deep.equal({
      kind: "value",
      value: {
        key: "k",
        value: Buffer.from('{"n":123456789012345678901234567890, "f":1.10}'),
        deadlineMs: 0,
        contentType: "application/json",
      },
    });
  });

  it("takes base64, a time and a content type", () => {
    const line =
      '{"content_type":"t","expire_time":"2030-01-01T00:00:00Z","value_base64":"AP8","key":"ü"}';
    const outcome = parseImportLine(Buffer.from(line));
    expect(outcome).to.deep.equal({
      kind: "value",
      value: {
        key: "ü",
        value: Buffer.from([0, 255]),
        deadlineMs: Date.parse("2030-01-01T00:00:00Z"),
        contentType: "t",
      },
    });
  });

  const REFUSED: readonly (readonly [string | Buffer, string])[] = [
    [Buffer.from([0x22, 0xff, 0x22]), "not UTF-8"],
    ["{", "not JSON"],
    ["[1]", "not a JSON object"],
    ['{"value":1}', '"key" is missing'],
    ['{"key":"","value":1}', '"key" is empty'],
    ['{"key":7,"value":1}', '"key" is not a string'],
    ['{"key":"\\ud800","value":1}', "half a surrogate pair"],
    ['{"key":"k"}', '"value" or "value_base64" is missing'],
    ['{"key":"k","value":1,"value_base64":""}', "exclude each other"],
    ['{"key":"k","value_base64":"a b="}', "not base64"],
    ['{"key":"k","value_base64":"A"}', "not base64"],
    ['{"key":"k","value_base64":"AAA=="}', "not base64"],
    ['{"key":"k","value":1,"key":"l"}', '"key" stands twice'],
    ['{"key":"k","value":1,"expire_tiem":"x"}', "did you mean expire_time?"],
    ['{"key":"k","value":1,"expire_time":"soon"}', '"expire_time": expected a time'],
    ['{"key":"k","value":1,"content_type":null}', '"content_type" is not a string'],
  ];
  for (const [line, reason] of REFUSED) {
    it(`is refused: ${reason}`, () => {
      expect(reasonOf(line)).to.include(reason);
    });
  }
});

describe("a line of an export", () => {
  it("is JSON where the value is, and base64 where it would not come back the same", () => {
    const line = (text: string, type: string): string =>
      exportLine(entryOf("k", Buffer.from(text), type)).trim();
    expect(line('{"a": 1.10}', "application/json")).to.equal('{"key":"k","value":{"a": 1.10}}');
    expect(line("hi", "")).to.equal('{"key":"k","value_base64":"aGk="}');
    expect(line("{}", "text/plain")).to.include(
      '"value_base64":"e30=","content_type":"text/plain"',
    );
    for (const text of ["{}\n", " {}", '{\n"a":1}', "{", "\ufeff{}"]) {
      expect(line(text, "application/json")).to.include('"content_type":"application/json"');
      expect(line(text, "application/json")).to.include("value_base64");
    }
  });

  it("is read back as the same entry, whatever the bytes", () => {
    const value = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
    );
    const type = fc.constantFrom("", "application/json", "text/plain", 'a"b');
    const key = fc.string({ unit: "binary", minLength: 1 });
    fc.assert(
      fc.property(key, value, type, (keyText, bytes, contentType) => {
        const line = exportLine(entryOf(keyText, bytes, contentType));
        expect(line.indexOf("\n")).to.equal(line.length - 1);
        expect(parseImportLine(Buffer.from(line.trimEnd()))).to.deep.equal({
          kind: "value",
          value: { key: keyText, value: bytes, deadlineMs: 0, contentType },
        });
      }),
    );
  });
});
