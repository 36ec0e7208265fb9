/** The codecs by the names of the protocol, and one that the agent makes itself, as a user would. */

import { Duration } from "../../../generated/google/protobuf/duration.js";
import { cbor } from "../src/codecs/cbor.js";
import { msgpack } from "../src/codecs/msgpack.js";
import { protobuf } from "../src/codecs/protobuf.js";
import { byContentType, json, text, type Codec } from "../src/index.js";

const hex: Codec<string> = {
  name: "hex",
  contentType: "application/x-hex",
  reads: (type) => type === "application/x-hex",
  encode: (value) => Buffer.from(Buffer.from(value, "utf8").toString("hex"), "ascii"),
  decode: (encoded) => {
    const digits = encoded.toString("latin1");
    if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new Error("not hexadecimal digits");
    return Buffer.from(digits, "hex").toString("utf8");
  },
};

/** Bytes, which lines of JSON have in base64. */
const base64: Codec<string> = {
  name: "bytes",
  contentType: "",
  reads: () => true,
  encode: (value) => Buffer.from(value, "base64"),
  decode: (encoded) => encoded.toString("base64"),
};

/** What a line says is of no type that is known here; a codec refuses what it cannot write. */
function untyped<T>(codec: Codec<T>): Codec<unknown> {
  return { ...codec, encode: (value) => codec.encode(value as T) };
}

const NAMED = {
  text: untyped(text()),
  json: json(),
  msgpack: msgpack(),
  cbor: cbor(),
  protobuf: untyped(protobuf(Duration)),
  hex: untyped(hex),
  bytes: untyped(base64),
} as const;

/** Whichever the content type names; bytes if none does. */
const ANY = byContentType(NAMED.text, NAMED.json, ...Object.values(NAMED).slice(2));

export function codecNamed(name: unknown): Codec<unknown> {
  if (name === undefined || name === null) return ANY;
  const found = Object.entries(NAMED).find(([known]) => known === name);
  if (found === undefined) throw new Error(`there is no codec ${JSON.stringify(name)}`);
  return found[1];
}
