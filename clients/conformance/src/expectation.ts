/** What a case expects of an answer, read from how it is written. */

import { isList, isObject, show, type Json, type JsonObject } from "./json.js";
import { isNotation, notationBytes, notationText } from "./notation.js";
import { isVariable } from "./scope.js";

/** A number, or the name of one. */
export type Operand = number | string;

export type Expectation =
  | { readonly kind: "absent" }
  | { readonly kind: "any" }
  | { readonly kind: "scalar"; readonly value: string | number | boolean }
  | { readonly kind: "exactly"; readonly value: Json }
  | { readonly kind: "bytes"; readonly bytes: Buffer }
  /** `isText`: what an error's metadata has is text, though what it says may be a number. */
  | { readonly kind: "variable"; readonly name: string; readonly isText: boolean }
  | { readonly kind: "between"; readonly least: Operand; readonly most: Operand }
  | { readonly kind: "above"; readonly bound: Operand }
  | { readonly kind: "later"; readonly leastMs: number; readonly mostMs: number }
  | { readonly kind: "contains"; readonly text: string }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "once"; readonly prefix: string; readonly count: number }
  | { readonly kind: "rising" | "falling"; readonly by: string }
  | { readonly kind: "all" | "one-of"; readonly parts: readonly Expectation[] }
  | { readonly kind: "list"; readonly items: readonly Expectation[] }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, Expectation> };

/** Where in an answer an expectation stands, which says how what is written there is read. */
interface Place {
  /** The name of the field. */
  readonly field: string;
  /** Values of codecs are those of the case itself, and no notation. */
  readonly literalValues: boolean;
  readonly inMetadata: boolean;
}

const CODEC_COMMANDS: readonly string[] = ["decode", "get_value"];

/** Names that hold texts, where a notation means a text and no bytes. */
const TEXT_FIELDS: readonly string[] = ["key", "keys", "content_type", "message", "resume_token"];

/** Reads what is expected of the answer to a command. Throws an Error that says what is wrong with it. */
export function readExpectation(written: Json, command: string): Expectation {
  const literalValues = CODEC_COMMANDS.includes(command);
  return read(written, { field: "", literalValues, inMetadata: false });
}

/** Every name that is given a value, or must have one, here. */
export function variablesOf(expectation: Expectation): readonly string[] {
  switch (expectation.kind) {
    case "variable":
      return [expectation.name];
    case "object":
      return [...expectation.fields.values()].flatMap(variablesOf);
    case "list":
      return expectation.items.flatMap(variablesOf);
    case "all":
    case "one-of":
      return expectation.parts.flatMap(variablesOf);
    default:
      return [];
  }
}

/** The names that must have a value before. */
export function neededBy(expectation: Expectation): readonly string[] {
  switch (expectation.kind) {
    case "above":
      return [expectation.bound].filter(isVariable);
    case "between":
      return [expectation.least, expectation.most].filter(isVariable);
    case "object":
      return [...expectation.fields.values()].flatMap(neededBy);
    case "list":
      return expectation.items.flatMap(neededBy);
    case "all":
    case "one-of":
      return expectation.parts.flatMap(neededBy);
    default:
      return [];
  }
}

function read(written: Json, place: Place): Expectation {
  if (place.literalValues && place.field === "value") return { kind: "exactly", value: written };
  if (written === null) return { kind: "absent" };
  if (isVariable(written)) return { kind: "variable", name: written, isText: place.inMetadata };
  if (isList(written)) return { kind: "list", items: written.map((item) => read(item, place)) };
  if (!isObject(written)) return { kind: "scalar", value: written };
  return isNotation(written) ? readNotation(written, place) : readObject(written, place);
}

function readObject(written: JsonObject, place: Place): Expectation {
  const names = Object.keys(written);
  const [name = ""] = names;
  if (names.length === 1 && name.startsWith("$")) {
    return readMatcher(name, written[name] ?? null, place);
  }
  const fields = names.map((field): [string, Expectation] => {
    if (field.startsWith("$")) throw new Error(`${field} must stand alone`);
    const inMetadata = place.inMetadata || field === "metadata";
    return [field, read(written[field] ?? null, { ...place, field, inMetadata })];
  });
  return { kind: "object", fields: new Map(fields) };
}

function readNotation(notation: JsonObject, { field }: Place): Expectation {
  return TEXT_FIELDS.includes(field)
    ? { kind: "scalar", value: notationText(notation) }
    : { kind: "bytes", bytes: notationBytes(notation) };
}

function readMatcher(name: string, said: Json, place: Place): Expectation {
  switch (name) {
    case "$any":
      return { kind: "any" };
    case "$above":
      return { kind: "above", bound: operand(said) };
    case "$at_most":
      return { kind: "between", least: -Infinity, most: operand(said) };
    case "$between": {
      const [least, most] = pair(name, said);
      return { kind: "between", least: operand(least), most: operand(most) };
    }
    case "$later_ms": {
      const [leastMs, mostMs] = pair(name, said);
      return { kind: "later", leastMs: number(leastMs), mostMs: number(mostMs) };
    }
    case "$contains":
      return { kind: "contains", text: text(said) };
    case "$length":
      return { kind: "length", length: number(said) };
    case "$once": {
      const [prefix, count] = pair(name, said);
      return { kind: "once", prefix: text(prefix), count: number(count) };
    }
    case "$rising":
    case "$falling":
      return { kind: name === "$rising" ? "rising" : "falling", by: text(said) };
    case "$all":
    case "$one_of": {
      if (!isList(said)) throw new Error(`${name} takes a list`);
      const parts = said.map((part) => read(part, place));
      return { kind: name === "$all" ? "all" : "one-of", parts };
    }
    default:
      throw new Error(`there is no ${name}`);
  }
}

function pair(name: string, said: Json): readonly [Json, Json] {
  const [first, second] = isList(said) ? said : [];
  if (first === undefined || second === undefined) throw new Error(`${name} takes a list of two`);
  return [first, second];
}

function operand(said: Json): Operand {
  return isVariable(said) ? said : number(said);
}

function number(said: Json): number {
  if (typeof said !== "number") throw new Error(`${show(said)} must be a number`);
  return said;
}

function text(said: Json): string {
  if (typeof said !== "string") throw new Error(`${show(said)} must be a text`);
  return said;
}
