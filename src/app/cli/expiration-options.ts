/** The options that say when a key shall expire, for `kvdb set` and `kvdb touch`. */

import { Option, type Command } from "commander";

import { timeMs, type TimeMs } from "../../base/index.js";
import { formatTime } from "../time-text.js";
import { durationOption, timeOption } from "./option-values.js";

export interface ExpirationOptions {
  readonly ttl?: number;
  readonly expireTime?: TimeMs;
}

/** `other` is the option that stands for the third choice; the three exclude each other. */
export function addExpirationOptions(command: Command, other: Option): Command {
  const name = other.attributeName();
  return command
    .addOption(
      new Option("--ttl <duration>", "Expire after this long, such as 30s or 1h30m")
        .argParser(durationOption)
        .conflicts(["expireTime", name]),
    )
    .addOption(
      new Option("--expire-time <time>", "Expire at this time, such as 2030-01-31T12:00:00Z")
        .argParser(timeOption)
        .conflicts(["ttl", name]),
    )
    .addOption(other.conflicts(["ttl", "expireTime"]));
}

/** Undefined: neither was given. What the server thinks of the time is the server's to say. */
export function givenExpiration(
  options: ExpirationOptions,
):
  | { readonly kind: "ttl"; readonly ttlMs: number }
  | { readonly kind: "at"; readonly deadlineMs: TimeMs }
  | undefined {
  if (options.ttl !== undefined) return { kind: "ttl", ttlMs: options.ttl };
  if (options.expireTime !== undefined)
    return { kind: "at", deadlineMs: timeMs(options.expireTime) };
  return undefined;
}

/** `, expires 2030-01-31T12:00:00.000Z`, or nothing. */
export function expiresWords(deadlineMs: TimeMs): string {
  return deadlineMs === 0 ? "" : `, expires ${formatTime(deadlineMs)}`;
}

/** The member of a JSON object, absent where the key never expires. */
export function expiresMember(deadlineMs: TimeMs): { readonly expire_time?: string } {
  return deadlineMs === 0 ? {} : { expire_time: formatTime(deadlineMs) };
}
