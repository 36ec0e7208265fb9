/**
 * `kvdb watch-expirations`: each expiration as it comes, until it is interrupted, and then from where to
 * go on.
 */

import type { Command } from "commander";

import { isKvError } from "../../base/index.js";
import type { ExpirationBatch, ExpirationEvent, Store } from "../../kv/index.js";
import { exitOfClientError, type Exit } from "../exit-codes.js";
import { formatTime } from "../time-text.js";
import { utf8Text } from "../transfer/json-value.js";
import { addAddress, addJson, withStore } from "./client-command.js";
import { describeError } from "./describe-error.js";
import { batchJson } from "./entry-json.js";
import {
  addFollowOptions,
  noteResumeToken,
  resumeTokenAfter,
  startOf,
  untilInterrupted,
  type FollowOptions,
} from "./following.js";
import type { Printer } from "./printer.js";
import { addRangeOptions, rangeOf } from "./range-options.js";

interface WatchOptions extends FollowOptions {
  readonly includeValue?: true;
}

export function defineWatchExpirations(command: Command, end: (exit: Exit) => void): void {
  addFollowOptions(addRangeOptions(command)).option(
    "--include-value",
    "Print the values that the keys had",
  );
  addJson(addAddress(command)).action(async (options: WatchOptions) => {
    end(await withStore(options, (store, printer) => new Follower(printer, options).run(store)));
  });
}

class Follower {
  readonly #printer: Printer;
  readonly #options: WatchOptions;
  #restCount: number;
  #resumeToken: string;

  constructor(printer: Printer, options: WatchOptions) {
    this.#printer = printer;
    this.#options = options;
    this.#restCount = options.limit ?? Number.POSITIVE_INFINITY;
    this.#resumeToken = options.resumeToken ?? "";
  }

  async run(store: Store): Promise<Exit> {
    const exit = await untilInterrupted(async (signal): Promise<Exit> => {
      try {
        await this.#follow(store, signal);
        return "ok";
      } catch (error) {
        if (signal.aborted) return "ok";
        this.#printer.note(`kvdb: ${describeError(error)}`);
        if (isKvError(error)) this.#resumeToken = resumeTokenAfter(error, this.#resumeToken);
        return exitOfClientError(error);
      }
    });
    noteResumeToken(this.#printer, this.#resumeToken);
    return exit;
  }

  async #follow(store: Store, signal: AbortSignal): Promise<void> {
    const query = {
      range: rangeOf(this.#options),
      start: startOf(this.#options),
      includeValue: this.#options.includeValue === true,
      progressIntervalMs: this.#options.progressInterval,
    };
    for await (const batch of store.watchExpirations(query, signal)) {
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
