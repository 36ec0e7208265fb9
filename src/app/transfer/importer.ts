/**
 * Sets what the lines of a file say, many at a time. It counts what became of every line, stops at the
 * first bad one unless told to skip them, and can say up to which line everything is acknowledged.
 */

import { isKvError, KvError, MIB, timeMs } from "../../base/index.js";
import type { CallContext, Store } from "../../kv/index.js";
import { parsed, problem, type Parsed } from "../parsed.js";
import { parseImportLine, type ImportEntry } from "./import-line.js";
import { splitLines, type Line } from "./lines.js";
import { OperationsInFlight } from "./operations-in-flight.js";
import { retryOverload } from "./retry-overload.js";

/** Values on their way to the server, so that many long ones do not fill the memory. */
const IN_FLIGHT_BYTES_MAX = 64 * MIB;

export interface ImporterOptions {
  readonly store: Store;
  readonly context: CallContext;
  /** Most Sets under way at once. */
  readonly inFlightMax: number;
  readonly lineBytesMax: number;
  /** Lines before this one, counted from 1, are passed over. */
  readonly fromLine: number;
  /** How long a Set that the server has no room for is tried again. */
  readonly retryMsMax: number;
  /** Told of each bad line; false stops the import there. */
  readonly onBadLine: (number: number, reason: string) => boolean;
  /** Told whenever another line is done with. */
  readonly onLine: () => void;
  readonly signal: AbortSignal;
}

export interface ImportCounts {
  /** Sets that the server acknowledged. */
  imported: number;
  bad: number;
  /** Lines whose expire_time had passed: nothing is left of them to set. */
  expired: number;
  /** Lines without text. */
  blank: number;
  /** Lines before the one to begin with. */
  skipped: number;
  /** The last line that was read. */
  lastLine: number;
}

export class Importer {
  readonly #options: ImporterOptions;
  readonly #inFlight: OperationsInFlight;
  readonly #unacknowledged = new Set<number>();
  readonly counts: ImportCounts = {
    imported: 0,
    bad: 0,
    expired: 0,
    blank: 0,
    skipped: 0,
    lastLine: 0,
  };
  #isStopped = false;

  constructor(options: ImporterOptions) {
    this.#options = options;
    this.#inFlight = new OperationsInFlight({
      operationsMax: options.inFlightMax,
      bytesMax: IN_FLIGHT_BYTES_MAX,
    });
  }

  /** Whether a bad line ended the import. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The line to begin with when the import is to go on: each one before is done with. */
  get nextLine(): number {
    return this.#unacknowledged.size === 0
      ? this.counts.lastLine + 1
      : Math.min(...this.#unacknowledged);
  }

  /** Resolves when every Set that was sent is answered. Rejects with what the file or the server refused. */
  async run(chunks: AsyncIterable<Buffer>): Promise<void> {
    try {
      for await (const line of splitLines(chunks, this.#options.lineBytesMax)) {
        if (this.#mustStop()) break;
        this.counts.lastLine = line.number;
        this.#unacknowledged.add(line.number);
        await this.#take(line);
      }
    } catch (error) {
      await this.#inFlight.settle();
      throw error;
    }
    await this.#inFlight.finish();
  }

  async #take(line: Line): Promise<void> {
    if (line.number < this.#options.fromLine) {
      this.#done(line.number, "skipped");
      return;
    }
    const outcome = this.#read(line);
    if (outcome.kind === "problem") this.#refuse(line.number, outcome.problem);
    else if (outcome.value === "blank") this.#done(line.number, "blank");
    else await this.#send(line.number, outcome.value);
  }

  #read(line: Line): Parsed<ImportEntry | "blank"> {
    if (line.kind === "too-long") {
      return problem(`it is longer than ${String(this.#options.lineBytesMax)} bytes`);
    }
    const isBlank = line.bytes.every((byte) => byte === 0x20 || byte === 0x09);
    return isBlank ? parsed("blank") : parseImportLine(line.bytes);
  }

  async #send(number: number, entry: ImportEntry): Promise<void> {
    if (hasPassed(entry)) {
      this.#done(number, "expired");
      return;
    }
    await this.#inFlight.start({ key: entry.key, sizeBytes: entry.value.length }, async () => {
      if (this.#mustStop()) return;
      try {
        await this.#set(entry);
        this.#done(number, "imported");
      } catch (error) {
        if (!isKvError(error, "INVALID_FIELD")) throw at(number, error);
        if (isAboutTime(error) && hasPassed(entry)) this.#done(number, "expired");
        else this.#refuse(number, error.message);
      }
    });
  }

  async #set(entry: ImportEntry): Promise<void> {
    const { store, context, retryMsMax, signal } = this.#options;
    const command = {
      key: Buffer.from(entry.key),
      value: entry.value,
      contentType: entry.contentType,
      expiration:
        entry.deadlineMs === 0
          ? ({ kind: "none" } as const)
          : ({ kind: "at", deadlineMs: entry.deadlineMs } as const),
    };
    await retryOverload(() => store.set(command, context), { retryMsMax, signal });
  }

  #refuse(number: number, reason: string): void {
    this.counts.bad += 1;
    if (this.#options.onBadLine(number, reason)) this.#acknowledge(number);
    else this.#isStopped = true;
  }

  #done(number: number, count: "imported" | "expired" | "blank" | "skipped"): void {
    this.counts[count] += 1;
    this.#acknowledge(number);
  }

  #acknowledge(number: number): void {
    this.#unacknowledged.delete(number);
    this.#options.onLine();
  }

  #mustStop(): boolean {
    return this.#isStopped || this.#options.signal.aborted;
  }
}

function hasPassed(entry: ImportEntry): boolean {
  return entry.deadlineMs !== 0 && entry.deadlineMs <= timeMs(Date.now());
}

function isAboutTime(error: KvError): boolean {
  return error.metadata.field === "expire_time";
}

/** The same error, its message naming the line. */
function at(line: number, error: unknown): unknown {
  if (!isKvError(error)) return error;
  return new KvError(error.code, `line ${String(line)}: ${error.message}`, {
    metadata: error.metadata,
    cause: error,
  });
}
