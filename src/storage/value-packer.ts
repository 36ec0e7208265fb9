/**
 * Decides which values are stored compressed. What does not gain an eighth is stored as it is. A small value
 * is compressed within the commit's synchronous step; a large one before it, a few at a time.
 */

import { KIB } from "../base/index.js";
import { compress, compressLarge, type CodecName, type PackedValue } from "../log/index.js";
import { Slots } from "./slots.js";

/** Up to this size compressing takes well under a millisecond with either codec. */
const AT_ONCE_BYTES_MAX = 128 * KIB;

/** A value that is stored compressed is shorter by at least this share of it. */
const GAIN_SHARE_MIN = 1 / 8;

/** LZ4 compresses large values on the threads that the disk needs too. */
const LARGE_AT_ONCE_MAX = 2;

export interface ValuePackerOptions {
  readonly compression: CodecName;
  /** Shorter values are stored as they are. */
  readonly compressionBytesMin: number;
}

export class ValuePacker {
  readonly #options: ValuePackerOptions;
  readonly #slots = new Slots(LARGE_AT_ONCE_MAX);
  /** Large values, packed and waiting for their commit. One that is given up goes with its value. */
  readonly #prepared = new WeakMap<Buffer, PackedValue>();

  constructor(options: ValuePackerOptions) {
    this.#options = options;
  }

  /** Undefined: `pack` may follow in the same synchronous step. A promise: ask again when it resolves. */
  prepare(value: Buffer): Promise<void> | undefined {
    const { compression, compressionBytesMin } = this.#options;
    if (compression === "none" || value.length <= AT_ONCE_BYTES_MAX) return undefined;
    if (value.length < compressionBytesMin || this.#prepared.has(value)) return undefined;
    return this.#slots.run(async () => {
      const stored = await compressLarge(compression, value);
      this.#prepared.set(value, toPacked(compression, value, stored));
    });
  }

  pack(value: Buffer): PackedValue {
    const { compression, compressionBytesMin } = this.#options;
    if (compression === "none" || value.length < compressionBytesMin) return asIs(value);
    if (value.length <= AT_ONCE_BYTES_MAX) {
      return toPacked(compression, value, compress(compression, value));
    }
    const prepared = this.#prepared.get(value);
    this.#prepared.delete(value);
    return prepared ?? asIs(value);
  }
}

function toPacked(codec: CodecName, value: Buffer, stored: Buffer): PackedValue {
  const lengthMax = value.length * (1 - GAIN_SHARE_MIN);
  if (stored.length > lengthMax || stored.length >= value.length) return asIs(value);
  return { codec, value: stored, valueSize: value.length };
}

function asIs(value: Buffer): PackedValue {
  return { codec: "none", value, valueSize: value.length };
}
