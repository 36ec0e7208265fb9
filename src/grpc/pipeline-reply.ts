/**
 * Replies of a pipeline, written into one buffer. They are measured first; what sets and gets answer is written by hand,
 * like the replies of their calls, and the rest by the generated writer.
 */

import { OperationResult as WireResult } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { assert, asBuffer, present } from "../base/index.js";
import type { PipelineOutcome } from "../kv/index.js";
import { toOperationResult } from "./convert-write-reply.js";
import {
  sizeOfGetReply,
  sizeOfSetReply,
  varintSize,
  writeGetReply,
  writeSetReply,
  writeVarint,
} from "./hot-replies.js";
import { toRpcStatus, toShortRpcStatus } from "./status-map.js";

/** Of an answer without entries, or of an error that says no more than its reason. */
export const SHORT_RESULT_BYTES_MAX = 128;

/** A field's number, shifted by three, and 2 for a length and bytes. */
const RESULTS = (1 << 3) | 2;
const RESULT_SET = (1 << 3) | 2;
const RESULT_GET = (2 << 3) | 2;

/** keyvaluedb.v1.PipelineResponse. Errors are cut to their reason where the reply would be too long with more. */
export function encodePipelineReply(
  outcomes: readonly PipelineOutcome[],
  messageBytesMax: number,
): Buffer {
  const whole = new PipelineReply(outcomes, toRpcStatus);
  if (whole.size <= messageBytesMax) return whole.bytes();
  return new PipelineReply(outcomes, toShortRpcStatus).bytes();
}

class PipelineReply {
  readonly size: number;
  readonly #outcomes: readonly PipelineOutcome[];
  /** Of what each outcome answers: a set or a get without the two tags and lengths around it, others without one. */
  readonly #sizes: number[] = [];
  /** Those that are written already, in order. */
  readonly #written: Buffer[] = [];

  constructor(outcomes: readonly PipelineOutcome[], toError: typeof toRpcStatus) {
    this.#outcomes = outcomes;
    let size = 0;
    for (const outcome of outcomes) size += fieldSize(this.#measure(outcome, toError));
    this.size = size;
  }

  bytes(): Buffer {
    const bytes = Buffer.allocUnsafe(this.size);
    let at = 0;
    let index = 0;
    for (const outcome of this.#outcomes) {
      at = this.#write(bytes, at, outcome, this.#sizes[index++] ?? 0);
    }
    assert(at === bytes.length, "a reply is as long as it was measured");
    return bytes;
  }

  /** The size of the OperationResult. */
  #measure(outcome: PipelineOutcome, toError: typeof toRpcStatus): number {
    switch (outcome.kind) {
      case "set":
        return this.#measured(sizeOfSetReply(outcome));
      case "get":
        return this.#measured(sizeOfGetReply(outcome));
      case "error":
        return this.#generate({ result: { $case: "error", value: toError(outcome.error) } });
      default:
        return this.#generate(toOperationResult(outcome));
    }
  }

  #measured(size: number): number {
    this.#sizes.push(size);
    return fieldSize(size);
  }

  #generate(result: WireResult): number {
    const bytes = asBuffer(WireResult.encode(result).finish());
    this.#written.push(bytes);
    this.#sizes.push(bytes.length);
    return bytes.length;
  }

  #write(bytes: Buffer, start: number, outcome: PipelineOutcome, size: number): number {
    bytes[start] = RESULTS;
    switch (outcome.kind) {
      case "set": {
        const at = writeHead(bytes, start + 1, RESULT_SET, size);
        return writeSetReply(bytes, at, outcome);
      }
      case "get": {
        const at = writeHead(bytes, start + 1, RESULT_GET, size);
        return writeGetReply(bytes, at, outcome);
      }
      default: {
        const written = present(this.#written.shift(), "what was written when it was measured");
        const at = writeVarint(bytes, start + 1, size);
        bytes.set(written, at);
        return at + size;
      }
    }
  }
}

/** The length of an OperationResult, and the tag and the length of what it holds, which has so many bytes. */
function writeHead(bytes: Buffer, start: number, tag: number, size: number): number {
  const at = writeVarint(bytes, start, fieldSize(size));
  bytes[at] = tag;
  return writeVarint(bytes, at + 1, size);
}

/** With a tag of one byte and the length before it, also where it is empty. */
function fieldSize(size: number): number {
  return 1 + varintSize(size) + size;
}
