/** CBOR, by `cbor2`, which a program that uses this installs. */

import { decode, encode, type DecodeOptions, type EncodeOptions } from "cbor2";

import type { Codec } from "../codec.js";

const CONTENT_TYPE = "application/cbor";

export interface CborOptions {
  readonly encode?: EncodeOptions;
  readonly decode?: DecodeOptions;
}

/** CBOR. `T` is what the program says that it is; nothing checks it. Options are the package's. */
export function cbor<T = unknown>(options: CborOptions = {}): Codec<T> {
  return {
    name: "cbor",
    contentType: CONTENT_TYPE,
    reads: (type) => type === CONTENT_TYPE || type.endsWith("+cbor"),
    encode: (value) => encode(value, options.encode),
    decode: (bytes) => decode<T>(bytes, options.decode),
  };
}
