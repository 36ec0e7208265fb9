/**
 * Replies of a pipeline, written into one buffer. They are measured first; what sets and gets answer is written by hand,
 * like the replies of their calls, and the rest by the generated writer.
 */

import { OperationResult as WireResult } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { assert, asBuffer } from "../base/index.js";
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
  /** Of each outcome's result, without what is written around it. */
  readonly #sizes: number[] = [];
  /** Those that are written already, by their place. */
  readonly #written = new Map<number, Buffer>();

  constructor(outcomes: readonly PipelineOutcome[], toError: typeof toRpcStatus) {
    this.#outcomes = outcomes;
    let size = 0;
    for (const outcome of outcomes) {
      const resultSize = this.#measure(outcome, toError);
      this.#sizes.push(resultSize);
      size += fieldSize(resultSize);
    }
    this.size = size;
  }

  bytes(): Buffer {
    const bytes = Buffer.allocUnsafe(this.size);
    let at = 0;
    for (const [index, outcome] of this.#outcomes.entries()) {
      bytes[at] = RESULTS;
      at = this.#write(bytes, writeVarint(bytes, at + 1, this.#sizes[index] ?? 0), index, outcome);
    }
    assert(at === bytes.length, "a reply is as long as it was measured");
    return bytes;
  }

  /** The size of the OperationResult. */
  #measure(outcome: PipelineOutcome, toError: typeof toRpcStatus): number {
    switch (outcome.kind) {
      case "set":
        return fieldSize(sizeOfSetReply(outcome));
      case "get":
        return fieldSize(sizeOfGetReply(outcome));
      case "error":
        return this.#generate({ result: { $case: "error", value: toError(outcome.error) } });
      default:
        return this.#generate(toOperationResult(outcome));
    }
  }

  #generate(result: WireResult): number {
    const bytes = asBuffer(WireResult.encode(result).finish());
    this.#written.set(this.#sizes.length, bytes);
    return bytes.length;
  }

  #write(bytes: Buffer, start: number, index: number, outcome: PipelineOutcome): number {
    switch (outcome.kind) {
      case "set":
        bytes[start] = RESULT_SET;
        return writeSetReply(
          bytes,
          writeVarint(bytes, start + 1, sizeOfSetReply(outcome)),
          outcome,
        );
      case "get":
        bytes[start] = RESULT_GET;
        return writeGetReply(
          bytes,
          writeVarint(bytes, start + 1, sizeOfGetReply(outcome)),
          outcome,
        );
      default: {
        const written = this.#written.get(index);
        assert(
          written !== undefined,
          "what is not written by hand was written when it was measured",
        );
        bytes.set(written, start);
        return start + written.length;
      }
    }
  }
}

/** With a tag of one byte and the length before it, also where it is empty. */
function fieldSize(size: number): number {
  return 1 + varintSize(size) + size;
}
