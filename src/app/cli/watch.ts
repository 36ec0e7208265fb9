/**
 * `kvdb watch`: what happens to keys, as it happens, until it is interrupted. Where the connection breaks or the
 * server stops, it goes on by itself from where it was, so that nothing is missing from what it prints.
 */

import { setTimeout as sleep } from "node:timers/promises";

import { InvalidArgumentError, Option, type Command } from "commander";

import { isKvError, type ErrorCode, type KvError } from "../../base/index.js";
import type {
  ChangeBatch,
  ChangeEvent,
  ChangeKind,
  Entry,
  StartPosition,
  Store,
  WatchQuery,
} from "../../kv/index.js";
import { formatDurationMs } from "../duration.js";
import { exitOfClientError, type Exit } from "../exit-codes.js";
import { formatTime } from "../time-text.js";
import { utf8Text } from "../transfer/json-value.js";
import { addAddress, addJson, withStore } from "./client-command.js";
import { describeError } from "./describe-error.js";
import { changesJson } from "./entry-json.js";
import {
  addFollowOptions,
  noteResumeToken,
  resumeTokenAfter,
  startOf,
  untilInterrupted,
  type FollowOptions,
} from "./following.js";
import { durationOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import { addRangeOptions, rangeOf } from "./range-options.js";

const KINDS: readonly ChangeKind[] = ["set", "delete", "expire", "touch"];

/** What passes by itself: another try may get through. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  "UNREACHABLE",
  "STARTING",
  "DRAINING",
  "OVERLOADED",
  "SLOW_FOLLOWER",
  "STORAGE_FAILED",
]);

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 5000;

interface WatchOptions extends FollowOptions {
  readonly currentState?: true;
  readonly previous?: true;
  readonly kinds: readonly ChangeKind[];
  /** Milliseconds. */
  readonly retryFor: number;
}

export function defineWatch(command: Command, end: (exit: Exit) => void): void {
  addFollowOptions(addRangeOptions(command), ["currentState"])
    .option("--current-state", "Begin with the keys that there are")
    .option("--previous", "Print what each change replaced or ended, where it can be had")
    .addOption(
      new Option("--kinds <kinds>", "Only these, set apart by commas: set, delete, expire, touch")
        .argParser(kindsOption)
        .default([], "all"),
    )
    .addOption(
      new Option("--retry-for <duration>", "Try to go on for so long after the connection broke")
        .argParser(durationOption)
        .default(60_000, "1m"),
    );
  addJson(addAddress(command)).action(async (options: WatchOptions) => {
    end(await withStore(options, (store, printer) => new Watcher(printer, options).run(store)));
  });
}

function kindsOption(text: string): readonly ChangeKind[] {
  return text.split(",").map((word) => {
    const kind = KINDS.find((each) => each === word);
    if (kind === undefined) throw new InvalidArgumentError(`Expected some of ${KINDS.join(", ")}.`);
    return kind;
  });
}

class Watcher {
  readonly #printer: Printer;
  readonly #options: WatchOptions;
  #restCount: number;
  #resumeToken: string;
  /** Tries since something was heard last, and when that was. */
  #tryCount = 0;
  #heardMs: number | undefined;

  constructor(printer: Printer, options: WatchOptions) {
    this.#printer = printer;
    this.#options = options;
    this.#restCount = options.limit ?? Number.POSITIVE_INFINITY;
    this.#resumeToken = options.resumeToken ?? "";
  }

  async run(store: Store): Promise<Exit> {
    const exit = await untilInterrupted(async (signal) => {
      for (;;) {
        const ended = await this.#follow(store, signal);
        if (ended !== "again") return ended;
      }
    });
    noteResumeToken(this.#printer, this.#resumeToken);
    return exit;
  }

  async #follow(store: Store, signal: AbortSignal): Promise<Exit | "again"> {
    try {
      for await (const batch of store.watch(this.#query(), signal)) {
        await this.#print(batch);
        this.#restCount -= batch.events.length;
        this.#resumeToken = batch.resumeToken;
        this.#heardMs = performance.now();
        this.#tryCount = 0;
        if (this.#restCount <= 0) break;
      }
      return "ok";
    } catch (error) {
      if (signal.aborted) return "ok";
      if (!isKvError(error)) throw error;
      this.#resumeToken = resumeTokenAfter(error, this.#resumeToken);
      if (this.#isPassing(error)) {
        return await this.#waitAfter(error, signal);
      }
      this.#printer.note(`kvdb: ${describeError(error)}`);
      return exitOfClientError(error);
    }
  }

  /** A server that was never heard from is not waited for. */
  #isPassing({ code }: KvError): boolean {
    if (this.#heardMs === undefined || !PASSING.has(code)) return false;
    return performance.now() - this.#heardMs < this.#options.retryFor;
  }

  async #waitAfter(error: KvError, signal: AbortSignal): Promise<Exit | "again"> {
    const delayMs = Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#tryCount);
    if (this.#tryCount === 0) {
      const words = formatDurationMs(this.#options.retryFor);
      this.#printer.note(`kvdb: ${describeError(error)}; going on by itself for up to ${words}`);
    }
    this.#tryCount++;
    // Interrupted, it rejects.
    return sleep(delayMs, "again", { signal }).catch(() => "ok") as Promise<Exit | "again">;
  }

  #query(): WatchQuery {
    const { kinds, previous, progressInterval } = this.#options;
    const range = rangeOf(this.#options);
    return {
      ranges: range.kind === "all" ? [] : [range],
      start: this.#start(),
      kinds,
      includePrevious: previous === true,
      progressIntervalMs: progressInterval,
    };
  }

  #start(): StartPosition {
    if (this.#resumeToken !== "") return { kind: "resume-token", token: this.#resumeToken };
    return this.#options.currentState === true ? { kind: "current-state" } : startOf(this.#options);
  }

  async #print(batch: ChangeBatch): Promise<void> {
    if (this.#printer.json) {
      await this.#printer.write(`${changesJson(batch)}\n`);
      return;
    }
    await this.#printer.write(batch.events.map((event) => this.#lineOf(event)).join(""));
    if (batch.synced) this.#printer.note("that is the current state; changes follow");
  }

  #lineOf(event: ChangeEvent): string {
    const { kind, entry, previous } = event;
    const key = this.#printer.safe(entry.key.toString());
    const value = kind === "set" || kind === "touch" ? ` ${this.#valueWords(event)}` : "";
    const expires =
      entry.deadlineMs === 0 || kind === "expire"
        ? ""
        : `, expires ${formatTime(entry.deadlineMs)}`;
    const before = previous === undefined ? "" : ` (was ${this.#shown(previous)})`;
    const omitted = event.previousOmitted ? " (what it was cannot be had)" : "";
    return `${formatTime(event.commitTimeMs)} ${kind} ${key}${value}${expires}${before}${omitted}\n`;
  }

  #valueWords({ entry, valueOmitted }: ChangeEvent): string {
    return valueOmitted ? "(a value that is too large to be sent)" : this.#shown(entry);
  }

  #shown({ value }: Entry): string {
    const text = utf8Text(value);
    return this.#printer.safe(text ?? `(${String(value.length)} bytes that are not text)`);
  }
}
