/**
 * `kvdb watch-expirations`: each expiration as it comes, until it is interrupted, and then from where to
 * go on.
 */

import { Option, type Command } from "commander";

import { isKvError, revision, type ErrorCode, type KvError } from "../../base/index.js";
import type { ExpirationBatch, ExpirationEvent, StartPosition, Store } from "../../kv/index.js";
import { exitOfClientError, type Exit } from "../exit-codes.js";
import { formatTime } from "../time-text.js";
import { utf8Text } from "../transfer/json-value.js";
import { addAddress, addJson, withStore, type ClientOptions } from "./client-command.js";
import { describeError } from "./describe-error.js";
import { batchJson } from "./entry-json.js";
import { countOption, durationOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import { addRangeOptions, rangeOf, type RangeOptions } from "./range-options.js";

interface WatchOptions extends ClientOptions, RangeOptions {
  readonly fromRevision?: number;
  readonly resumeToken?: string;
  readonly includeValue?: true;
  readonly progressInterval: number;
  readonly limit?: number;
}

export function defineWatchExpirations(command: Command, end: (exit: Exit) => void): void {
  addRangeOptions(command)
    .addOption(
      new Option("--from-revision <revision>", "Begin with this revision; else with what comes now")
        .argParser(countOption(1, Number.MAX_SAFE_INTEGER))
        .conflicts("resumeToken"),
    )
    .option("--resume-token <token>", "Go on after the batch that had this token")
    .option("--include-value", "Print the values that the keys had")
    .option("--progress-interval <duration>", "How often to hear of progress", durationOption, 0)
    .option("--limit <count>", "End after this many", countOption(1, Number.MAX_SAFE_INTEGER));
  addJson(addAddress(command)).action(async (options: WatchOptions) => {
    end(await withStore(options, (store, printer) => new Follower(printer, options).run(store)));
  });
}

class Follower {
  readonly #printer: Printer;
  readonly #options: WatchOptions;
  readonly #abort = new AbortController();
  #restCount: number;
  #resumeToken: string;

  constructor(printer: Printer, options: WatchOptions) {
    this.#printer = printer;
    this.#options = options;
    this.#restCount = options.limit ?? Number.POSITIVE_INFINITY;
    this.#resumeToken = options.resumeToken ?? "";
  }

  async run(store: Store): Promise<Exit> {
    const stop = (): void => {
      this.#abort.abort();
    };
    process.once("SIGINT", stop).once("SIGTERM", stop);
    try {
      await this.#follow(store);
      return "ok";
    } catch (error) {
      if (this.#abort.signal.aborted) return "ok";
      this.#printer.note(`kvdb: ${describeError(error)}`);
      if (isKvError(error)) this.#resumeToken = resumeTokenAfter(error, this.#resumeToken);
      return exitOfClientError(error);
    } finally {
      process.off("SIGINT", stop).off("SIGTERM", stop);
      if (this.#resumeToken !== "") {
        this.#printer.note(`go on with --resume-token ${this.#resumeToken}`);
      }
    }
  }

  async #follow(store: Store): Promise<void> {
    const query = {
      range: rangeOf(this.#options),
      start: startOf(this.#options),
      includeValue: this.#options.includeValue === true,
      progressIntervalMs: this.#options.progressInterval,
    };
    for await (const batch of store.watchExpirations(query, this.#abort.signal)) {
      await this.#print(batch);
      this.#restCount -= batch.expirations.length;
      this.#resumeToken = batch.resumeToken;
      if (this.#restCount <= 0) return;
    }
  }

  async #print(batch: ExpirationBatch): Promise<void> {
    if (this.#printer.json) {
      await this.#printer.write(`${batchJson(batch)}\n`);
      return;
    }
    await this.#printer.write(batch.expirations.map((event) => this.#lineOf(event)).join(""));
  }

  #lineOf(event: ExpirationEvent): string {
    const key = this.#printer.safe(event.key.toString());
    const cause = event.cause === "deadline-while-down" ? " (while the server was down)" : "";
    return `${formatTime(event.deadlineMs)} ${key}${cause}${this.#valueWords(event)}\n`;
  }

  #valueWords(event: ExpirationEvent): string {
    if (event.valueOmitted) return ` (value of ${String(event.valueSize)} bytes left out)`;
    if (event.value === undefined) return "";
    const text = utf8Text(event.value);
    const shown = text ?? `(${String(event.valueSize)} bytes that are not text)`;
    return ` ${this.#printer.safe(shown)}`;
  }
}

/** What the server refused once it refuses again: there is no going on from there. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  "INVALID_FIELD",
  "HISTORY_CHANGED",
  "REVISION_COMPACTED",
]);

/** The token to go on with after this error, empty where there is none. */
function resumeTokenAfter(error: KvError, last: string): string {
  return HOPELESS.has(error.code) ? "" : (error.metadata.resume_token ?? last);
}

function startOf(options: WatchOptions): StartPosition {
  if (options.resumeToken !== undefined) {
    return { kind: "resume-token", token: options.resumeToken };
  }
  return options.fromRevision === undefined
    ? { kind: "now" }
    : { kind: "revision", revision: revision(options.fromRevision) };
}
