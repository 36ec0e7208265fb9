/** The options that `kvdb import` and `kvdb export` share, and how both are interrupted. */

import { Option, type Command } from "commander";

import { addClientOptions, type ClientOptions } from "./client-command.js";
import { counted } from "./counted.js";
import { countOption, durationOption } from "./option-values.js";

/** One call of many that wait for each other takes longer than one alone. */
const TRANSFER_TIMEOUT = "1m";

const IN_FLIGHT_DEFAULT = 256;
const IN_FLIGHT_MAX = 4096;

export interface TransferOptions extends ClientOptions {
  readonly retryFor: number;
}

export interface InFlightOptions {
  readonly inFlight: number;
}

export function addInFlight(command: Command): Command {
  return command.option(
    "--in-flight <count>",
    `Operations under way at once, up to ${String(IN_FLIGHT_MAX)}`,
    countOption(1, IN_FLIGHT_MAX),
    IN_FLIGHT_DEFAULT,
  );
}

export function addTransferOptions(command: Command): Command {
  return addClientOptions(
    command.addOption(
      new Option("--retry-for <duration>", "How long to try again what the server has no room for")
        .default(60_000, "1m")
        .argParser(durationOption),
    ),
    TRANSFER_TIMEOUT,
  );
}

/**
 * Aborts at the first SIGINT or SIGTERM, so that what is under way is finished and reported; the second
 * one ends the process as usual.
 */
export function abortOnSignal(): AbortController {
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
  };
  process.once("SIGINT", stop).once("SIGTERM", stop);
  return abort;
}

/** `1,234 keys in 0.5 s (2,468 a second)`. */
export function rateWords(count: number, durationMs: number): string {
  const seconds = (durationMs / 1000).toFixed(1);
  const rate = Math.round((count * 1000) / Math.max(durationMs, 1));
  const number = (value: number): string => value.toLocaleString("en");
  return `${counted(count, "key", number(count))} in ${seconds} s (${number(rate)} a second)`;
}
