/**
 * How a case writes bytes and long texts: `{ text: … }`, `{ base64: … }`, `{ hex: … }` or `{ repeat: [text, count] }`, the
 * last with what comes before it, if anything, as `after`.
 */

import { isList, isObject, type Json, type JsonObject } from "./json.js";

const WAYS: readonly string[] = ["text", "base64", "hex", "repeat"];

/** So long may what a case repeats be, in characters. */
const REPEATED_MAX = 16 * 1024 * 1024;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HEX = /^(?:[0-9a-f]{2})*$/;

/** Whether this object stands for bytes or a text, rather than for itself. */
export function isNotation(value: Json | undefined): value is JsonObject {
  if (!isObject(value)) return false;
  const names = Object.keys(value).filter((name) => name !== "after");
  return names.length === 1 && WAYS.includes(names[0] ?? "");
}

/** Throws an Error that says what is wrong with it. */
export function notationBytes(notation: JsonObject): Buffer {
  const { base64, hex } = notation;
  if (typeof base64 === "string" && BASE64.test(base64)) return Buffer.from(base64, "base64");
  if (typeof hex === "string" && HEX.test(hex)) return Buffer.from(hex, "hex");
  return Buffer.from(notationText(notation), "utf8");
}

/** The same where only a text can stand, as in a key. */
export function notationText(notation: JsonObject): string {
  const { text, repeat, after = "" } = notation;
  if (typeof after !== "string") throw new Error("`after` is a text");
  if (typeof text === "string") return after + text;
  if (!isList(repeat)) throw new Error(`${JSON.stringify(notation)} is no text`);
  const [part, count] = repeat;
  if (typeof part !== "string" || typeof count !== "number") {
    throw new Error("`repeat` is a list of a text and a count");
  }
  if (!Number.isInteger(count) || count < 0 || part.length * count > REPEATED_MAX) {
    throw new Error("`repeat` has a count that is not whole, negative or too large");
  }
  return after + part.repeat(count);
}
