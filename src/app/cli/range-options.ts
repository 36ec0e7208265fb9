/** The options that say which keys a command speaks of: a prefix, an interval or a glob. */

import { Option, type Command } from "commander";

import type { KeyRange } from "../../kv/index.js";

export interface RangeOptions {
  readonly prefix?: string;
  readonly start?: string;
  readonly end?: string;
  readonly glob?: string;
}

export function addRangeOptions(command: Command): Command {
  return command
    .addOption(
      new Option("-p, --prefix <prefix>", "Only keys that begin so").conflicts([
        "start",
        "end",
        "glob",
      ]),
    )
    .addOption(new Option("--start <key>", "Only keys from this one on").conflicts("glob"))
    .addOption(new Option("--end <key>", "Only keys before this one").conflicts("glob"))
    .addOption(
      new Option("--glob <pattern>", "Only keys that match: * ? [a-c] [^a], \\ to escape"),
    );
}

export function rangeOf(options: RangeOptions): KeyRange {
  if (options.glob !== undefined) return { kind: "glob", pattern: options.glob };
  if (options.start !== undefined || options.end !== undefined) {
    return {
      kind: "interval",
      start: Buffer.from(options.start ?? ""),
      end: Buffer.from(options.end ?? ""),
    };
  }
  return prefixRange(options.prefix);
}

function prefixRange(prefix: string | undefined): KeyRange {
  return prefix === undefined || prefix === ""
    ? { kind: "all" }
    : { kind: "prefix", prefix: Buffer.from(prefix) };
}
