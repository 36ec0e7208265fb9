/**
 * The log of the server, by pino, on standard output: one JSON object a line with the time in RFC 3339,
 * or lines for people. Keys may appear where they matter; values and secrets never do, because nobody
 * passes them in.
 */

import {
  pino,
  stdSerializers,
  stdTimeFunctions,
  type DestinationStream,
  type LoggerOptions,
} from "pino";

import type { Logger } from "../base/index.js";
import type { Config } from "./config/settings.js";

const STANDARD_OUTPUT = 1;

export async function openLogger(config: Config): Promise<Logger> {
  const options: LoggerOptions = {
    level: config["log.level"],
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: stdSerializers.err, error: stdSerializers.err },
  };
  // Written before the call returns, so that the last line before an end is not lost.
  return config["log.pretty"]
    ? pino(options, await prettyStream())
    : pino(options, pino.destination({ dest: STANDARD_OUTPUT, sync: true }));
}

/** Loaded only when asked for: it is large, and a server under a supervisor never needs it. */
async function prettyStream(): Promise<DestinationStream> {
  const { PinoPretty } = await import("pino-pretty");
  return PinoPretty({
    colorize: process.stdout.isTTY && process.env["NO_COLOR"] === undefined,
    destination: STANDARD_OUTPUT,
    sync: true,
    ignore: "pid",
    singleLine: true,
    translateTime: "SYS:HH:MM:ss.l",
    errorLikeObjectKeys: ["err", "error"],
  });
}
