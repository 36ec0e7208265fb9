/**
 * Decides which values are stored compressed. What does not gain an eighth is stored as it is. A small value
 * is compressed within the commit's synchronous step; a large one, and each of many, before it.
 */

import { KIB, KvError } from "../base/index.js";
import {
  compress,
  compressLarge,
  ONE_STEP_BYTES_MAX,
  type CodecName,
  type PackedValue,
} from "../log/index.js";
import { yieldToLoop } from "./pace.js";

/** What a call of a codec costs beside its bytes, as so many bytes of them. */
const CALL_BYTES = KIB;

const RETRY_AFTER_MS = 100;

/** A value that is stored compressed is shorter by at least this share of it. */
const GAIN_SHARE_MIN = 1 / 8;

export interface ValuePackerOptions {
  readonly compression: CodecName;
  /** Shorter values are stored as they are. */
  readonly compressionBytesMin: number;
  /** Bytes of values that may wait for their turn. Past it, callers are refused with OVERLOADED. */
  readonly commitQueueBytes: number;
}

export class ValuePacker {
  readonly #options: ValuePackerOptions;
  /** Packed and waiting for their commit. One that is given up goes with its value. */
  readonly #prepared = new WeakMap<Buffer, PackedValue>();
  #waitingBytes = 0;

  constructor(options: ValuePackerOptions) {
    this.#options = options;
  }

  /** Undefined: `pack` may follow in the same synchronous step. A promise: ask again when it resolves. */
  prepare(value: Buffer): Promise<void> | undefined {
    const { compression } = this.#options;
    if (compression === "none" || value.length <= ONE_STEP_BYTES_MAX) return undefined;
    if (!this.#isTried(value) || this.#prepared.has(value)) return undefined;
    const { commitQueueBytes } = this.#options;
    const waitingBytes = this.#waitingBytes + value.length;
    if (this.#waitingBytes > 0 && waitingBytes > commitQueueBytes) {
      const message = `commit.queue_bytes: ${String(commitQueueBytes)} bytes are waiting to be compressed`;
      throw new KvError("OVERLOADED", message, { retryAfterMs: RETRY_AFTER_MS });
    }
    return this.#prepareLarge(compression, value);
  }

  /** Makes many values ready for one commit, the event loop let go in between. */
  async prepareAll(values: readonly Buffer[]): Promise<void> {
    const { compression } = this.#options;
    if (compression === "none") return;
    let bytes = 0;
    for (const value of values) {
      if (!this.#isTried(value) || this.#prepared.has(value)) continue;
      if (value.length > ONE_STEP_BYTES_MAX) {
        await this.#prepareLarge(compression, value);
        continue;
      }
      bytes += value.length + CALL_BYTES;
      if (bytes > ONE_STEP_BYTES_MAX) {
        await yieldToLoop();
        bytes = value.length + CALL_BYTES;
      }
      this.#prepared.set(value, toPacked(compression, value, compress(compression, value)));
    }
  }

  pack(value: Buffer): PackedValue {
    const { compression } = this.#options;
    if (compression === "none" || !this.#isTried(value)) return asIs(value);
    const prepared = this.#prepared.get(value);
    this.#prepared.delete(value);
    if (prepared !== undefined) return prepared;
    const isSmall = value.length <= ONE_STEP_BYTES_MAX;
    return isSmall ? toPacked(compression, value, compress(compression, value)) : asIs(value);
  }

  async #prepareLarge(codec: Exclude<CodecName, "none">, value: Buffer): Promise<void> {
    this.#waitingBytes += value.length;
    try {
      const stored = await compressLarge(codec, value);
      this.#prepared.set(value, toPacked(codec, value, stored));
    } finally {
      this.#waitingBytes -= value.length;
    }
  }

  #isTried(value: Buffer): boolean {
    return value.length >= this.#options.compressionBytesMin;
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
