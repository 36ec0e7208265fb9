/**
 * Codecs: how a value's bytes are made smaller on disk. A compressed value always says its own size
 * elsewhere; nothing is allocated beyond that size, and bytes that give another size are refused.
 *
 * The libraries are loaded when a store first needs them, so that whoever compresses nothing pays nothing.
 */

import { setImmediate as yieldToLoop } from "node:timers/promises";

import { assert, KIB, KvError, MIB, present, Slots } from "../base/index.js";
import { frameEnd } from "./zstd-frames.js";

export const CODEC_NAMES = ["none", "zstd", "lz4"] as const;
export type CodecName = (typeof CODEC_NAMES)[number];

/** The largest value that a compressed record may claim: the most that `limits.value_bytes` allows. */
export const COMPRESSED_VALUE_SIZE_MAX = 64 * MIB;

/** Level 3 takes a third longer for 64 KiB of JSON records, and leaves no less of them. */
const ZSTD_LEVEL = 1;

/**
 * Up to this size a value is compressed in one step. In zstd a larger one is frames of so many bytes of it each, the last
 * shorter, with the event loop let go in between. The format has it so: docs/format.md.
 */
export const ONE_STEP_BYTES_MAX = 128 * KIB;

/**
 * Large values that are compressed at once, and decompressed: LZ4 does it on the threads that the disk needs too.
 */
const LARGE_AT_ONCE_MAX = 2;

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
    readonly uncompress: (bytes: Buffer) => Promise<Buffer>;
  };
}

let libraries: Libraries | undefined;

const compressing = new Slots(LARGE_AT_ONCE_MAX);
const decompressing = new Slots(LARGE_AT_ONCE_MAX);

/** Loads the libraries; the functions below may be called once it has resolved. */
export async function loadCodecs(): Promise<void> {
  if (libraries !== undefined) return;
  const [zstd, lz4] = await Promise.all([import("@foxglove/wasm-zstd"), import("lz4-napi")]);
  await zstd.default.isLoaded;
  libraries = { zstd: zstd.default, lz4: lz4.default };
}

/** Compresses a small value in one synchronous step. */
export function compress(codec: Exclude<CodecName, "none">, value: Buffer): Buffer {
  assert(value.length <= ONE_STEP_BYTES_MAX, "a large value is compressed in slices");
  const { zstd, lz4 } = loaded();
  return codec === "zstd" ? zstd.compress(value, ZSTD_LEVEL) : lz4.compressSync(value);
}

/** Compresses a value of any size without holding the event loop for long, few at a time. */
export function compressLarge(codec: Exclude<CodecName, "none">, value: Buffer): Promise<Buffer> {
  const { zstd, lz4 } = loaded();
  return compressing.run(async () => {
    if (codec === "lz4") return lz4.compress(value);
    const frames: Buffer[] = [];
    for (let start = 0; start < value.length; start += ONE_STEP_BYTES_MAX) {
      if (start > 0) await yieldToLoop();
      frames.push(zstd.compress(value.subarray(start, start + ONE_STEP_BYTES_MAX), ZSTD_LEVEL));
    }
    return Buffer.concat(frames);
  });
}

/** What is stored of a value, and what that stands for. */
export interface PackedValue {
  readonly codec: CodecName;
  readonly value: Buffer;
  /** The value's own size. */
  readonly valueSize: number;
}

/**
 * The value itself, without holding the event loop for long. Throws CORRUPT when what is stored does not give a value
 * of exactly its size.
 */
export async function unpackValue({ codec, value, valueSize }: PackedValue): Promise<Buffer> {
  if (codec === "none") return value;
  assert(valueSize <= COMPRESSED_VALUE_SIZE_MAX, "decoding has checked the size");
  const own = await decompress(codec, value, valueSize);
  if (own?.length === valueSize) return own;
  throw new KvError("CORRUPT", `a value's ${codec} bytes do not give what its record says`);
}

/** Undefined where the bytes are not what this codec makes of a value of that size. */
async function decompress(
  codec: Exclude<CodecName, "none">,
  stored: Buffer,
  valueSize: number,
): Promise<Buffer | undefined> {
  const { zstd, lz4 } = loaded();
  const isLarge = valueSize > ONE_STEP_BYTES_MAX;
  // The library allocates what the prefix says, so the prefix is held against the record first.
  const isPrefixed = stored.length >= LZ4_SIZE_BYTES && stored.readUInt32LE(0) === valueSize;
  if (codec === "lz4" && !isPrefixed) return undefined;
  try {
    if (isLarge) {
      return await decompressing.run(() =>
        codec === "zstd" ? decompressFrames(stored, valueSize) : lz4.uncompress(stored),
      );
    }
    return codec === "zstd" ? zstd.decompress(stored, valueSize) : lz4.uncompressSync(stored);
  } catch {
    return undefined;
  }
}

async function decompressFrames(stored: Buffer, valueSize: number): Promise<Buffer | undefined> {
  const { zstd } = loaded();
  const own = Buffer.allocUnsafeSlow(valueSize);
  let storedEnd = 0;
  for (let start = 0; start < valueSize; start += ONE_STEP_BYTES_MAX) {
    if (start > 0) await yieldToLoop();
    const end = frameEnd(stored, storedEnd);
    if (end === undefined) return undefined;
    const partSize = Math.min(ONE_STEP_BYTES_MAX, valueSize - start);
    const part = zstd.decompress(stored.subarray(storedEnd, end), partSize);
    if (part.length !== partSize) return undefined;
    part.copy(own, start);
    storedEnd = end;
  }
  return storedEnd === stored.length ? own : undefined;
}

function loaded(): Libraries {
  return present(libraries, "the codecs are loaded before a store is opened");
}
