/**
 * Messages out of what a stream brings: each has five bytes before it, whether it is compressed and how long it is. What
 * is held of one that is not whole is no longer than a message may be, and none is made room for before it comes.
 */

import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";

import { status } from "@grpc/grpc-js";

import { CallFailure } from "./call-failure.js";

/** Whether it is compressed, and how long it is. */
export const MESSAGE_HEAD_BYTES = 5;

/** A peer can send a message in as many parts as it has bytes; when there are more than so many, some are joined. */
const PARTS_MAX = 64;
const PARTS_JOINED_MIN = 32;

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;

export type Encoding = "identity" | keyof typeof DECODERS;

/** What a caller may use; as it is told to one that uses another. */
export const ENCODINGS = ["identity", "gzip", "deflate"] as const satisfies readonly Encoding[];

export interface ReadMessage {
  readonly bytes: Buffer;
  readonly isCompressed: boolean;
}

export class MessageReader {
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Of the message that comes next, without its head. Undefined: the head is not there yet. */
  #length: number | undefined;
  #isCompressed = false;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How long the next message says that it is. 0: it has not said so yet. */
  get nextBytes(): number {
    return this.#length ?? 0;
  }

  get hasWhole(): boolean {
    return this.#length !== undefined && this.#bytes >= MESSAGE_HEAD_BYTES + this.#length;
  }

  /** Whether more is there than one message. */
  get hasMore(): boolean {
    return this.#length !== undefined && this.#bytes > MESSAGE_HEAD_BYTES + this.#length;
  }

  /** Whether nothing is there, not even a part. */
  get isEmpty(): boolean {
    return this.#bytes === 0;
  }

  /** What it brought, which is a part of a larger buffer and not kept. Throws where a message is too long. */
  add(bytes: Buffer): void {
    this.#parts.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
    if (this.#parts.length > PARTS_MAX) this.#joinLast();
    this.#readHead();
  }

  /** The next message, if it is whole. Throws where it is too long. */
  next(): ReadMessage | undefined {
    // Only now, so that a message before one that is wrong is still taken.
    this.#readHead();
    const length = this.#length;
    if (length === undefined || !this.hasWhole) return undefined;
    const all = this.#join();
    const end = MESSAGE_HEAD_BYTES + length;
    const message = {
      bytes: all.subarray(MESSAGE_HEAD_BYTES, end),
      isCompressed: this.#isCompressed,
    };
    this.#parts = end === all.length ? [] : [all.subarray(end)];
    this.#bytes -= end;
    this.#length = undefined;
    return message;
  }

  #readHead(): void {
    if (this.#length !== undefined || this.#bytes < MESSAGE_HEAD_BYTES) return;
    const [first] = this.#parts;
    const head = first !== undefined && first.length >= MESSAGE_HEAD_BYTES ? first : this.#join();
    const [flag] = head;
    if (flag !== 0 && flag !== 1) {
      throw new CallFailure(status.INTERNAL, "request: its compression is neither on nor off");
    }
    const length = head.readUInt32BE(1);
    if (length > this.#bytesMax) throw tooLong(length, this.#bytesMax);
    this.#isCompressed = flag === 1;
    this.#length = length;
  }

  /** Those before are joined with them only where that doubles them, so that no byte is copied often. */
  #joinLast(): void {
    const parts = this.#parts;
    let from = parts.length - PARTS_JOINED_MIN;
    let bytes = parts.slice(from).reduce((sum, { length }) => sum + length, 0);
    for (
      let part = parts[from - 1];
      part !== undefined && part.length <= bytes;
      part = parts[from - 1]
    ) {
      bytes += part.length;
      from -= 1;
    }
    parts.push(Buffer.concat(parts.splice(from), bytes));
  }

  #join(): Buffer {
    const [first] = this.#parts;
    if (this.#parts.length === 1 && first !== undefined) return first;
    const all = Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [all];
    return all;
  }
}

/** The message as it was before it was compressed. Rejects where it was not, or is longer than one may be. */
export async function decompress(
  bytes: Buffer,
  encoding: Encoding,
  bytesMax: number,
): Promise<Buffer> {
  if (encoding === "identity") {
    throw new CallFailure(status.INTERNAL, "request: compressed, but no grpc-encoding says how");
  }
  try {
    return await DECODERS[encoding](bytes, { maxOutputLength: bytesMax });
  } catch (error) {
    if (error instanceof RangeError) throw tooLong(undefined, bytesMax);
    throw new CallFailure(status.INTERNAL, `request: not ${encoding}, as grpc-encoding says it is`);
  }
}

function tooLong(length: number | undefined, bytesMax: number): CallFailure {
  const has = length === undefined ? "" : `, and has ${String(length)}`;
  const details = `request: must be at most ${String(bytesMax)} bytes (limits.message_bytes)${has}`;
  return new CallFailure(status.RESOURCE_EXHAUSTED, details);
}

/** A message with its head. */
export function frameMessage(message: Uint8Array): Buffer {
  const bytes = allocateMessage(message.length);
  bytes.set(message, MESSAGE_HEAD_BYTES);
  return bytes;
}

/** Room for a message of that length, behind its head. */
export function allocateMessage(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(MESSAGE_HEAD_BYTES + length);
  bytes[0] = 0;
  bytes[1] = length >>> 24;
  bytes[2] = length >>> 16;
  bytes[3] = length >>> 8;
  bytes[4] = length;
  return bytes;
}
