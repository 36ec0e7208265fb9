/** What the commands share that follow a stream: where to begin, when to end, and what to go on with. */

import { Option, type Command } from "commander";

import { revision, type ErrorCode, type KvError } from "../../base/index.js";
import type { StartPosition } from "../../kv/index.js";
import type { ClientOptions } from "./client-command.js";
import { countOption, durationOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import type { RangeOptions } from "./range-options.js";

export interface FollowOptions extends ClientOptions, RangeOptions {
  readonly fromRevision?: number;
  readonly resumeToken?: string;
  readonly progressInterval: number;
  readonly limit?: number;
}

/** `others`: further options that say where to begin. */
export function addFollowOptions(command: Command, others: readonly string[] = []): Command {
  return command
    .addOption(
      new Option("--from-revision <revision>", "Begin with this revision; else with what comes now")
        .argParser(countOption(1, Number.MAX_SAFE_INTEGER))
        .conflicts(["resumeToken", ...others]),
    )
    .addOption(
      new Option("--resume-token <token>", "Go on after the batch that had this token").conflicts([
        ...others,
      ]),
    )
    .option("--progress-interval <duration>", "How often to hear of progress", durationOption, 0)
    .option("--limit <count>", "End after this many", countOption(1, Number.MAX_SAFE_INTEGER));
}

export function startOf(
  options: Pick<FollowOptions, "fromRevision" | "resumeToken">,
): StartPosition {
  if (options.resumeToken !== undefined) {
    return { kind: "resume-token", token: options.resumeToken };
  }
  return options.fromRevision === undefined
    ? { kind: "now" }
    : { kind: "revision", revision: revision(options.fromRevision) };
}

/** What the server refused once it refuses again: there is no going on from there. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  "INVALID_FIELD",
  "HISTORY_CHANGED",
  "REVISION_COMPACTED",
]);

/** The token to go on with after this error, empty where there is none. */
export function resumeTokenAfter(error: KvError, last: string): string {
  return HOPELESS.has(error.code) ? "" : (error.metadata.resume_token ?? last);
}

/** Says with which token to go on, unless there is none. */
export function noteResumeToken(printer: Printer, token: string): void {
  if (token !== "") printer.note(`go on with --resume-token ${token}`);
}

/** Does the work with a signal that aborts when the command is interrupted. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  try {
    return await work(abort.signal);
  } finally {
    process.off("SIGINT", stop).off("SIGTERM", stop);
  }
}
