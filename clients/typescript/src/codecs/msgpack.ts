/** MessagePack, by `@msgpack/msgpack`, which a program that uses this installs. */

import { decode, encode, type DecoderOptions, type EncoderOptions } from "@msgpack/msgpack";

import type { Codec } from "../codec.js";

const CONTENT_TYPE = "application/vnd.msgpack";
const READ: readonly string[] = [CONTENT_TYPE, "application/msgpack", "application/x-msgpack"];

/**
 * MessagePack. `T` is what the program says that it is; nothing checks it. Options are the package's; without
 * `useBigInt64`, integers past 2^53 lose digits as they do in JSON.
 */
export function msgpack<T = unknown>(options: EncoderOptions & DecoderOptions = {}): Codec<T> {
  return {
    name: "msgpack",
    contentType: CONTENT_TYPE,
    reads: (type) => READ.includes(type),
    encode: (value) => encode(value, options),
    decode: (bytes) => decode(bytes, options) as T,
  };
}
