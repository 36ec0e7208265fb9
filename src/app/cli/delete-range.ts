/**
 * `kvdb delete` of a range: call after call until nothing is left of it, each of them a transaction. On a terminal it
 * says first how many keys there are, and asks.
 */

import { createInterface } from "node:readline/promises";

import type { Command } from "commander";

import { isKvError } from "../../base/index.js";
import type { DeleteRangeResult, KeyRange, Store } from "../../kv/index.js";
import { exitOfClientError, type Exit } from "../exit-codes.js";
import { openProgress, type Progress } from "../transfer/progress.js";
import { PATIENT } from "./client-command.js";
import { counted } from "./counted.js";
import { describeError } from "./describe-error.js";
import { countOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import { addRangeOptions, rangeOf, type RangeOptions } from "./range-options.js";
import { abortOnSignal, rateWords } from "./transfer-options.js";
import type { GivenWriteOptions } from "./write-options.js";

/** Keys to a call, if nobody says otherwise: few enough that no other call waits for long. */
const BATCH_DEFAULT = 1000;

export interface RangeDeleteOptions extends RangeOptions {
  readonly all?: true;
  readonly limit?: number;
  readonly batch?: number;
  readonly yes?: true;
}

interface Wanted extends Omit<RangeDeleteOptions, keyof RangeOptions> {
  readonly range: KeyRange;
  readonly requestId?: string;
}

export function addRangeDeleteOptions(command: Command): Command {
  return addRangeOptions(command)
    .option("--all", "All keys that there are")
    .option("--limit <count>", "Stop after this many keys", countOption(1, Number.MAX_SAFE_INTEGER))
    .option(
      "--batch <count>",
      "Keys to a call, which go at once; 0: as many as the server allows (default: 1000, or fewer where it does not)",
      countOption(0, 1e6),
    )
    .option("-y, --yes", "Do not ask, on a terminal neither");
}

/** Undefined: the key alone is meant. Ends the program where neither is clear, or both are named. */
export function rangeToDelete(
  command: Command,
  key: string | undefined,
  options: RangeDeleteOptions & GivenWriteOptions,
): KeyRange | undefined {
  const range = rangeOf(options);
  const isRange = Object.keys(options).some((name) =>
    ["prefix", "start", "end", "glob", "all", "limit"].includes(name),
  );
  if (key !== undefined) {
    if (isRange) command.error("error: name a key or a range, not both");
    return undefined;
  }
  if (range.kind === "all" && options.all !== true) {
    command.error("error: name a key or a range; all keys are deleted by --all only");
  }
  if (range.kind !== "all" && options.all === true) {
    command.error("error: --all and a range do not go together");
  }
  const { ifExists, ifAbsent, ifRevision, ifValue, previous } = options;
  const ofOne = [ifExists, ifAbsent, ifRevision, ifValue, previous];
  if (ofOne.some((option) => option !== undefined)) {
    command.error(
      "error: --if-exists and its like, and --previous, are for a key, not for a range",
    );
  }
  return range;
}

export async function deleteRange(store: Store, printer: Printer, wanted: Wanted): Promise<Exit> {
  const isWatched = process.stdin.isTTY && process.stderr.isTTY;
  const total = isWatched ? await countOf(store, wanted) : undefined;
  if (total !== undefined && wanted.yes !== true && !(await isConfirmed(total))) {
    printer.note("kvdb: nothing was deleted");
    return "interrupted";
  }
  const run = new RangeDeleteRun(store, wanted, await openProgress(total));
  return run.run(printer);
}

async function countOf(store: Store, { range, limit = Infinity }: Wanted): Promise<number> {
  const query = { range, pageSize: 0, pageToken: "", descending: false, countOnly: true };
  return Math.min(limit, (await store.listKeys(query, PATIENT)).totalSize);
}

/** Whoever ends the input, or interrupts, has not said yes. */
async function isConfirmed(count: number): Promise<boolean> {
  if (count === 0) return true;
  const question = `Delete ${counted(count, "key", count.toLocaleString("en"))}? [y/N] `;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "AbortError") throw error;
    process.stderr.write("\n");
    return false;
  } finally {
    terminal.close();
  }
}

class RangeDeleteRun {
  readonly #store: Store;
  readonly #wanted: Wanted;
  readonly #progress: Progress;
  readonly #abort = abortOnSignal();
  readonly #startMs = performance.now();
  #deletedCount = 0;
  #callCount = 0;
  #revision = 0;
  #more = true;

  constructor(store: Store, wanted: Wanted, progress: Progress) {
    this.#store = store;
    this.#wanted = wanted;
    this.#progress = progress;
  }

  async run(printer: Printer): Promise<Exit> {
    let exit: Exit = "ok";
    try {
      while (this.#more && this.#rest > 0 && !this.#abort.signal.aborted) await this.#call();
      if (this.#more && this.#rest > 0) exit = "interrupted";
    } catch (error) {
      this.#progress.stop();
      printer.note(`kvdb: ${describeError(error)}`);
      exit = exitOfClientError(error);
    }
    this.#progress.stop();
    await this.#report(printer);
    return exit;
  }

  get #rest(): number {
    return (this.#wanted.limit ?? Infinity) - this.#deletedCount;
  }

  async #call(): Promise<void> {
    const { batch } = this.#wanted;
    const most = batch ?? BATCH_DEFAULT;
    const limit = Math.min(most === 0 ? Infinity : most, this.#rest);
    const answer = await this.#delete(limit === Infinity ? 0 : limit).catch((error: unknown) => {
      // A server that takes fewer at a time is asked for as many as it takes.
      const isTooMany = isKvError(error, "INVALID_FIELD") && error.metadata.field === "limit";
      if (batch === undefined && isTooMany) return this.#delete(0);
      throw error;
    });
    this.#callCount += 1;
    this.#deletedCount += answer.deletedCount;
    this.#revision = answer.revision;
    this.#more = answer.more;
    this.#progress.update(this.#deletedCount, this.#deletedCount);
  }

  #delete(limit: number): Promise<DeleteRangeResult> {
    const { range } = this.#wanted;
    return this.#store.deleteRange({ range, limit, ...this.#requestId() }, PATIENT);
  }

  /** Each call has an id of its own, and the same one when the command is run again. */
  #requestId(): { readonly requestId?: string } {
    const { requestId } = this.#wanted;
    if (requestId === undefined || this.#callCount === 0) {
      return requestId === undefined ? {} : { requestId };
    }
    return { requestId: `${requestId}/${String(this.#callCount + 1)}` };
  }

  async #report(printer: Printer): Promise<void> {
    const durationMs = performance.now() - this.#startMs;
    const object = {
      deleted_count: this.#deletedCount,
      more: this.#more,
      calls: this.#callCount,
      revision: this.#revision,
      duration_ms: Math.round(durationMs),
    };
    const words = [
      `deleted ${rateWords(this.#deletedCount, durationMs)}`,
      `revision ${String(this.#revision)}`,
      ...(this.#more ? ["more of the range is left"] : []),
    ];
    await printer.say(object, words.join("; "));
  }
}
