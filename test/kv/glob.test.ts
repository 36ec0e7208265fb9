/** Globs against regular expressions, which take their time but know what they mean. */

import { expect } from "chai";
import fc from "fast-check";

import { GLOB_BYTES_MAX, KvError } from "../../src/base/index.js";
import { parseGlob } from "../../src/kv/glob.js";

/** A part of a glob, with the regular expression that means the same. */
interface Part {
  readonly glob: string;
  readonly expression: string;
}

const CHARACTERS = ["a", "b", "c", "/", "-", "^", "]", "[", "*", "?", "\\", "ä", "😀", "\n"];
const anyCharacter = fc.constantFrom(...CHARACTERS);

const hex = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** A character as it stands in a glob, escaped where it would mean something. */
const literal = (character: string): string =>
  /[*?[\]\\^-]/.test(character) ? `\\${character}` : character;

const anyRange = fc.tuple(anyCharacter, anyCharacter).map(([left, right]) => {
  const [from, to] =
    (left.codePointAt(0) ?? 0) <= (right.codePointAt(0) ?? 0) ? [left, right] : [right, left];
  return { glob: `${literal(from)}-${literal(to)}`, expression: `${hex(from)}-${hex(to)}` };
});
const anyMember = anyCharacter.map((character) => ({
  glob: literal(character),
  expression: hex(character),
}));

const anySet: fc.Arbitrary<Part> = fc
  .tuple(fc.boolean(), fc.array(fc.oneof(anyRange, anyMember), { minLength: 1, maxLength: 3 }))
  .map(([isNegated, members]) => {
    const caret = isNegated ? "^" : "";
    const join = (side: keyof Part): string => members.map((member) => member[side]).join("");
    return { glob: `[${caret}${join("glob")}]`, expression: `[${caret}${join("expression")}]` };
  });

const anyPart: fc.Arbitrary<Part> = fc.oneof(
  fc.constant({ glob: "*", expression: "[^]*" }),
  fc.constant({ glob: "?", expression: "[^]" }),
  anyMember,
  anySet,
);

const anyText = fc.array(anyCharacter, { maxLength: 8 }).map((characters) => characters.join(""));

describe("a glob", () => {
  it("matches what the regular expression of its parts does", () => {
    fc.assert(
      fc.property(
        fc.array(anyPart, { minLength: 1, maxLength: 6 }),
        fc.array(anyText, { minLength: 1, maxLength: 20 }),
        (parts, texts) => {
          const glob = parseGlob(parts.map((part) => part.glob).join(""));
          const body = parts.map((part) => part.expression).join("");
          const expression = new RegExp(`^${body}$`, "u");
          for (const text of texts) {
            expect(glob.matches(text), JSON.stringify(text)).to.equal(expression.test(text));
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("begins with its literal prefix, whatever it matches", () => {
    fc.assert(
      fc.property(fc.array(anyPart, { minLength: 1, maxLength: 5 }), anyText, (parts, text) => {
        const glob = parseGlob(parts.map((part) => part.glob).join(""));
        if (glob.matches(text)) expect(text.startsWith(glob.literalPrefix)).to.equal(true);
      }),
    );
  });

  it("means what people write", () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ["users/*", "users/", true],
      ["users/*", "users/a/b/c", true],
      ["users/?", "users/😀", true],
      ["users/?", "users/", false],
      ["[a-c]1", "b1", true],
      ["[^a-c]1", "b1", false],
      ["[a-]", "-", true],
      ["[-a]", "-", true],
      ["a^b", "a^b", true],
      ["a]", "a]", true],
      ["\\*", "*", true],
      ["\\*", "x", false],
      ["[\\]]", "]", true],
      ["**", "", true],
      ["é", "e\u0301", false],
    ];
    for (const [pattern, text, isMatch] of cases) {
      expect(parseGlob(pattern).matches(text), `${pattern} on ${text}`).to.equal(isMatch);
    }
    expect(parseGlob("users/ä*x").literalPrefix).to.equal("users/ä");
    expect(parseGlob("a\\*b?").literalPrefix).to.equal("a*b");
  });

  it("that is malformed is refused, by the name of its field", () => {
    for (const pattern of ["", "[", "[]", "[^]", "[a", "[a-", "a\\", "[z-a]", "[a\\"]) {
      let error: unknown;
      try {
        parseGlob(pattern);
      } catch (thrown) {
        error = thrown;
      }
      expect(error, pattern).to.be.an.instanceOf(KvError).with.property("code", "INVALID_FIELD");
      expect(error, pattern).to.have.nested.property("metadata.field", "range.glob");
    }
  });

  it("has a bound in bytes", () => {
    expect(parseGlob("x".repeat(GLOB_BYTES_MAX)).literalPrefix).to.have.lengthOf(GLOB_BYTES_MAX);
    expect(() => parseGlob("x".repeat(GLOB_BYTES_MAX + 1))).to.throw(KvError, "1024");
    expect(() => parseGlob("ä".repeat(GLOB_BYTES_MAX / 2 + 1))).to.throw(KvError, "1024");
  });

  it("of many stars takes no longer than its length times the text's", () => {
    const glob = parseGlob("*a".repeat(GLOB_BYTES_MAX / 2));
    expect(glob.matches("a".repeat(4000) + "b")).to.equal(false);
    expect(glob.matches("a".repeat(4000))).to.equal(true);
  });
});
