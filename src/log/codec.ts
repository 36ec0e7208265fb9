/**
 * Codecs: how a value's bytes are made smaller on disk. A compressed value always says its own size
 * elsewhere; nothing is allocated beyond that size, and bytes that give another size are refused.
 *
 * The libraries are loaded when a store first needs them, so that whoever compresses nothing pays nothing.
 */

import { setImmediate as yieldToLoop } from "node:timers/promises";

import { assert, KvError, MIB, present } from "../base/index.js";

export const CODEC_NAMES = ["none", "zstd", "lz4"] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

/** The largest value that a compressed record may claim: the most that `limits.value_bytes` allows. */
export const COMPRESSED_VALUE_SIZE_MAX = 64 * MIB;

/** Level 1 takes half the time of 3 and gives nearly as much (docs/decisions/compression.md). */
const ZSTD_LEVEL = 1;

/** A large value becomes zstd frames of so many bytes each, with the event loop let go in between. */
const ZSTD_FRAME_BYTES = 128 * 1024;

/** An LZ4 block follows its value's size, 4 bytes little-endian. */
const LZ4_SIZE_BYTES = 4;

interface Libraries {
  readonly zstd: {
    readonly compress: (bytes: Uint8Array, level: number) => Buffer;
    readonly decompress: (bytes: Uint8Array, size: number) => Buffer;
  };
  readonly lz4: {
    readonly compressSync: (bytes: Buffer) => Buffer;
    readonly compress: (bytes: Buffer) => Promise<Buffer>;
    readonly uncompressSync: (bytes: Buffer) => Buffer;
  };
}

let libraries: Libraries | undefined;

/** Loads the libraries; the functions below may be called once it has resolved. */
export async function loadCodecs(): Promise<void> {
  if (libraries !== undefined) return;
  const [zstd, lz4] = await Promise.all([import("@foxglove/wasm-zstd"), import("lz4-napi")]);
  await zstd.default.isLoaded;
  libraries = { zstd: zstd.default, lz4: lz4.default };
}

/** Compresses a small value in one synchronous step. */
export function compress(codec: Exclude<CodecName, "none">, value: Buffer): Buffer {
  const { zstd, lz4 } = loaded();
  return codec === "zstd" ? zstd.compress(value, ZSTD_LEVEL) : lz4.compressSync(value);
}

/** Compresses a large value without holding the event loop for long. */
export async function compressLarge(
  codec: Exclude<CodecName, "none">,
  value: Buffer,
): Promise<Buffer> {
  const { zstd, lz4 } = loaded();
  if (codec === "lz4") return lz4.compress(value);
  const frames: Buffer[] = [];
  for (let start = 0; start < value.length; start += ZSTD_FRAME_BYTES) {
    if (start > 0) await yieldToLoop();
    frames.push(zstd.compress(value.subarray(start, start + ZSTD_FRAME_BYTES), ZSTD_LEVEL));
  }
  return Buffer.concat(frames);
}

/** What is stored of a value, and what that stands for. */
export interface PackedValue {
  readonly codec: CodecName;
  readonly value: Buffer;
  /** The value's own size. */
  readonly valueSize: number;
}

/** The value itself. Throws CORRUPT when what is stored does not give a value of exactly its size. */
export function unpackValue({ codec, value, valueSize }: PackedValue): Buffer {
  if (codec === "none") return value;
  assert(valueSize <= COMPRESSED_VALUE_SIZE_MAX, "decoding has checked the size");
  const own = decompress(codec, value, valueSize);
  if (own?.length === valueSize) return own;
  throw new KvError("CORRUPT", `a value's ${codec} bytes do not give what its record says`);
}

/** Undefined where the bytes are not what this codec makes of a value of that size. */
function decompress(
  codec: Exclude<CodecName, "none">,
  stored: Buffer,
  valueSize: number,
): Buffer | undefined {
  const { zstd, lz4 } = loaded();
  try {
    if (codec === "zstd") return zstd.decompress(stored, valueSize);
    // The library allocates what the prefix says, so the prefix is held against the record first.
    const isOfSize = stored.length >= LZ4_SIZE_BYTES && stored.readUInt32LE(0) === valueSize;
    return isOfSize ? lz4.uncompressSync(stored) : undefined;
  } catch {
    return undefined;
  }
}

function loaded(): Libraries {
  return present(libraries, "the codecs are loaded before a store is opened");
}
