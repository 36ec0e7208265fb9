/**
 * What front ends and the engine's thread hand to one another: the operations of one turn of an event loop in one buffer, and
 * what they answer in another. Plain sets and gets alone, which is what is measured.
 *
 *   operation   key length (2)  value length (4)  key  value
 *   answer      kind (8)  revision (8)  deadline (8)  create revision (8)  version (8)  update time (8)  value length (8)  value
 */

import { present, revision, timeMs } from "../../src/base/index.js";
import type {
  GetResult,
  PipelineOperation,
  PipelineOutcome,
  SetCommand,
  SetResult,
} from "../../src/kv/index.js";

export type BatchKind = "set" | "get";

const VALUE_LENGTH_OFFSET = 2;
const OPERATION_HEAD_BYTES = VALUE_LENGTH_OFFSET + 4;

const NUMBERS = 7;
const ANSWER_HEAD_BYTES = NUMBERS * 8;
const DONE = 1;
const ABSENT = 2;
const FOUND = 3;

const BATCH_BYTES_MIN = 8 * 1024;
const NO_VALUE = Buffer.alloc(0);

/** Fills while a turn lasts. Has memory of its own, so that it can be given away. */
export class OperationBatch {
  #bytes = Buffer.from(new ArrayBuffer(BATCH_BYTES_MIN));
  #length = 0;

  add(key: Buffer, value: Buffer = NO_VALUE): void {
    const end = this.#length + OPERATION_HEAD_BYTES + key.length + value.length;
    if (end > this.#bytes.length) this.#grow(end);
    const bytes = this.#bytes;
    bytes.writeUInt16LE(key.length, this.#length);
    bytes.writeUInt32LE(value.length, this.#length + VALUE_LENGTH_OFFSET);
    bytes.set(key, this.#length + OPERATION_HEAD_BYTES);
    bytes.set(value, end - value.length);
    this.#length = end;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(bytesMin: number): void {
    const larger = Buffer.from(new ArrayBuffer(Math.max(bytesMin, this.#bytes.length * 2)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

export function readOperations(kind: BatchKind, bytes: Buffer): PipelineOperation[] {
  const operations: PipelineOperation[] = [];
  for (let at = 0; at < bytes.length;) {
    const keyStart = at + OPERATION_HEAD_BYTES;
    const valueStart = keyStart + bytes.readUInt16LE(at);
    const end = valueStart + bytes.readUInt32LE(at + VALUE_LENGTH_OFFSET);
    const key = bytes.subarray(keyStart, valueStart);
    operations.push(
      kind === "set" ? plainSet(key, bytes.subarray(valueStart, end)) : { kind, key },
    );
    at = end;
  }
  return operations;
}

function plainSet(key: Buffer, value: Buffer): PipelineOperation {
  const command: SetCommand = { key, value, expiration: { kind: "none" }, contentType: "" };
  return { kind: "set", ...command };
}

/** Throws the error of an operation that failed: none does in what is measured. */
export function writeAnswers(outcomes: readonly PipelineOutcome[]): Buffer {
  let length = 0;
  for (const outcome of outcomes) length += ANSWER_HEAD_BYTES + valueOf(outcome).length;
  const bytes = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  for (const outcome of outcomes) {
    const value = valueOf(outcome);
    for (const number of numbersOf(outcome, value.length)) at = bytes.writeDoubleLE(number, at);
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

function valueOf(outcome: PipelineOutcome): Buffer {
  return outcome.kind === "get" ? (outcome.entry?.value ?? NO_VALUE) : NO_VALUE;
}

function numbersOf(outcome: PipelineOutcome, valueLength: number): readonly number[] {
  if (outcome.kind === "set") {
    return [DONE, outcome.revision, outcome.deadlineMs, 0, 0, 0, valueLength];
  }
  if (outcome.kind !== "get") throw outcome.kind === "error" ? outcome.error : new Error("what?");
  const { entry, revision: of } = outcome;
  if (entry === undefined) return [ABSENT, of, 0, 0, 0, 0, valueLength];
  const { deadlineMs, createRevision, version, updateTimeMs } = entry;
  // The revision of the answer is left out: it is that of the entry, or a newer one.
  return [FOUND, entry.revision, deadlineMs, createRevision, version, updateTimeMs, valueLength];
}

export function readAnswers(bytes: Buffer, keys: readonly Buffer[]): (SetResult | GetResult)[] {
  const results: (SetResult | GetResult)[] = [];
  let at = 0;
  for (const key of keys) {
    const numbers = new Float64Array(NUMBERS);
    for (let index = 0; index < NUMBERS; index += 1) {
      numbers[index] = bytes.readDoubleLE(at + index * 8);
    }
    const valueStart = at + ANSWER_HEAD_BYTES;
    at = valueStart + present(numbers[NUMBERS - 1], "the length of the value");
    results.push(answerOf(key, numbers, bytes.subarray(valueStart, at)));
  }
  return results;
}

function answerOf(key: Buffer, numbers: Float64Array, value: Buffer): SetResult | GetResult {
  const [kind, of = 0, deadline = 0, created = 0, version = 0, updated = 0] = numbers;
  const deadlineMs = timeMs(deadline);
  if (kind === DONE) return { revision: revision(of), deadlineMs };
  if (kind === ABSENT) return { entry: undefined, revision: revision(of) };
  const times = { deadlineMs, updateTimeMs: timeMs(updated) };
  const revisions = { revision: revision(of), createRevision: revision(created), version };
  const entry = { key, value, ...revisions, ...times, contentType: "" };
  return { entry, revision: revision(of) };
}
