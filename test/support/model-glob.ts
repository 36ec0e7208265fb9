/**
 * The model's own reading of globs, so that it shares no mistake with the store: a list of tokens and
 * a table of what matches what.
 */

import { GLOB_BYTES_MAX, invalidField } from "../../src/base/index.js";

type Token =
  | { readonly kind: "any-run" }
  | { readonly kind: "any-one" }
  | { readonly kind: "one"; readonly character: string }
  | { readonly kind: "class"; readonly negated: boolean; readonly spans: readonly Span[] };

interface Span {
  readonly first: string;
  readonly last: string;
}

export function globMatcher(pattern: string): (key: string) => boolean {
  const tokens = parse(pattern);
  return (key) => matches(tokens, Array.from(key));
}

function malformed(problem: string): Error {
  return invalidField("range.glob", problem);
}

function parse(pattern: string): readonly Token[] {
  if (pattern === "") throw malformed("must not be empty");
  if (Buffer.byteLength(pattern) > GLOB_BYTES_MAX) {
    throw malformed(`longer than ${String(GLOB_BYTES_MAX)} bytes`);
  }
  const characters = Array.from(pattern);
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at];
    if (character === "*") tokens.push({ kind: "any-run" });
    else if (character === "?") tokens.push({ kind: "any-one" });
    else if (character === "[") {
      const { token, end } = parseClass(characters, at + 1);
      tokens.push(token);
      at = end;
    } else if (character === "\\") {
      at += 1;
      tokens.push({ kind: "one", character: literal(characters, at) });
    } else tokens.push({ kind: "one", character: literal(characters, at) });
  }
  return tokens;
}

function literal(characters: readonly string[], at: number): string {
  const character = characters[at];
  if (character === undefined) throw malformed("ends where a character must follow");
  return character;
}

/** From behind the `[`; `end` is where the `]` stands. */
function parseClass(
  characters: readonly string[],
  start: number,
): { readonly token: Token; readonly end: number } {
  const negated = characters[start] === "^";
  const spans: Span[] = [];
  let at = negated ? start + 1 : start;
  while (literal(characters, at) !== "]") {
    const first = classMember(characters, at);
    at = first.next;
    if (literal(characters, at) === "-" && characters[at + 1] !== "]") {
      const last = classMember(characters, at + 1);
      at = last.next;
      if (codePoint(last.character) < codePoint(first.character))
        throw malformed("a reversed span");
      spans.push({ first: first.character, last: last.character });
    } else spans.push({ first: first.character, last: first.character });
  }
  if (spans.length === 0) throw malformed("an empty class");
  return { token: { kind: "class", negated, spans }, end: at };
}

function classMember(
  characters: readonly string[],
  at: number,
): { readonly character: string; readonly next: number } {
  const escaped = characters[at] === "\\";
  const place = escaped ? at + 1 : at;
  return { character: literal(characters, place), next: place + 1 };
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}

/** Whether the tokens match all of the characters: `reached[n]` says that n characters were eaten. */
function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let reached = [true, ...characters.map(() => false)];
  for (const token of tokens) {
    const next = reached.map(() => false);
    for (let eaten = 0; eaten <= characters.length; eaten += 1) {
      const character = characters[eaten - 1];
      if (token.kind === "any-run") next[eaten] = reached.slice(0, eaten + 1).includes(true);
      else if (character !== undefined && reached[eaten - 1] === true) {
        next[eaten] = matchesOne(token, character);
      }
    }
    reached = next;
  }
  return reached[characters.length] === true;
}

function matchesOne(token: Exclude<Token, { kind: "any-run" }>, character: string): boolean {
  if (token.kind === "any-one") return true;
  if (token.kind === "one") return token.character === character;
  const point = codePoint(character);
  const inside = token.spans.some(
    (span) => codePoint(span.first) <= point && point <= codePoint(span.last),
  );
  return inside !== token.negated;
}
