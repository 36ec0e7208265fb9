/**
 * Unary load from h2load, which costs little CPU itself. It sends one request body again and again over
 * so many connections with so many streams each, and knows nothing of gRPC: whoever calls this must
 * check that the replies were successes.
 */

import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { grpcFrame } from "./grpc-frame.js";
import type { Load } from "./peer.js";
import { percentile } from "./statistics.js";

const run = promisify(execFile);
const LOAD_MS_MAX = 120_000;

export interface Shape {
  readonly connections: number;
  /** Requests under way at a time on each connection. */
  readonly streams: number;
}

export interface LoadRequest {
  readonly port: number;
  readonly load: Load;
  readonly shape: Shape;
  /** How many requests in all. */
  readonly requests: number;
  /** For the request's body and h2load's log. */
  readonly directory: string;
}

export interface LoadResult {
  readonly requests: number;
  /** Replies with HTTP status 200, whatever their gRPC status. */
  readonly answered: number;
  readonly durationMs: number;
  readonly ratePerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  /** Bytes of all replies' bodies, frames included. A gRPC error has none. */
  readonly dataBytes: number;
}

/** The version line of h2load. Rejects where it is not installed. */
export async function h2loadVersion(): Promise<string> {
  const { stdout } = await run("h2load", ["--version"]);
  return stdout.trim();
}

export async function runLoad(request: LoadRequest): Promise<LoadResult> {
  const { port, load, shape, requests, directory } = request;
  const bodyPath = join(directory, "body.bin");
  const logPath = join(directory, "h2load.log");
  writeFileSync(bodyPath, grpcFrame(load.message));
  rmSync(logPath, { force: true });
  const { stdout } = await run(
    "h2load",
    [
      `--requests=${String(requests)}`,
      `--clients=${String(shape.connections)}`,
      `--max-concurrent-streams=${String(shape.streams)}`,
      "--threads=1",
      `--data=${bodyPath}`,
      `--log-file=${logPath}`,
      "--header=content-type: application/grpc",
      "--header=te: trailers",
      `http://127.0.0.1:${String(port)}${load.path}`,
    ],
    { timeout: LOAD_MS_MAX },
  );
  return { ...readSummary(stdout, requests), ...readLog(logPath) };
}

function readSummary(
  summary: string,
  requests: number,
): Omit<LoadResult, "p50Micros" | "p99Micros"> {
  const find = (pattern: RegExp): readonly string[] => {
    const match = pattern.exec(summary);
    if (match === null) throw new Error(`h2load said something unexpected:\n${summary}`);
    return match.slice(1);
  };
  const [duration, unit, rate] = find(/^finished in ([\d.]+)(us|ms|s|m), ([\d.]+) req\/s/m);
  const [answered] = find(/^status codes: (\d+) 2xx/m);
  const [dataBytes] = find(/headers.*, [^ ]+ \((\d+)\) data$/m);
  return {
    requests,
    answered: Number(answered),
    durationMs: Number(duration) * (MS_PER_UNIT[unit ?? ""] ?? Number.NaN),
    ratePerSecond: Number(rate),
    dataBytes: Number(dataBytes),
  };
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** Each line of the log: when it began, HTTP status, microseconds until the end of the reply. */
function readLog(path: string): Pick<LoadResult, "p50Micros" | "p99Micros"> {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const durations = Float64Array.from(lines, (line) => Number(line.split("\t")[2])).sort();
  return { p50Micros: percentile(durations, 0.5), p99Micros: percentile(durations, 0.99) };
}
