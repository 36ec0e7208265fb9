/** Readers of option values for commander: each takes the text or says what was expected. */

import { InvalidArgumentError } from "commander";

import type { TimeMs } from "../../base/index.js";
import { formatAddress, parseAddress } from "../address.js";
import { parseByteSize } from "../byte-size.js";
import { formatDurationMs, parseDurationMs } from "../duration.js";
import type { Parsed } from "../parsed.js";
import { parseTime } from "../time-text.js";

/** Longer than this is no time that anybody waits; timers count less than 25 days. */
const TIMEOUT_MS_MAX = 24 * 3_600_000;

export function durationOption(text: string): number {
  return take(parseDurationMs(text));
}

export function timeoutOption(text: string): number {
  const timeoutMs = take(parseDurationMs(text));
  if (timeoutMs > 0 && timeoutMs <= TIMEOUT_MS_MAX) return timeoutMs;
  throw new InvalidArgumentError(`Allowed is from 1ms to ${formatDurationMs(TIMEOUT_MS_MAX)}.`);
}

export function timeOption(text: string): TimeMs {
  return take(parseTime(text));
}

export function byteSizeOption(text: string): number {
  return take(parseByteSize(text));
}

export function addressOption(text: string): string {
  const address = take(parseAddress(text));
  if (address.port === 0) throw new InvalidArgumentError("A server is never on port 0.");
  return formatAddress(address);
}

/** A reader of whole numbers within bounds. */
export function countOption(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(
      `Expected a whole number from ${String(minimum)} to ${String(maximum)}.`,
    );
  };
}

function take<T>(outcome: Parsed<T>): T {
  if (outcome.kind === "value") return outcome.value;
  throw new InvalidArgumentError(`${sentence(outcome.problem)}.`);
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
