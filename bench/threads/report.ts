/** What the trials come to: what a call costs on each side, and from how many processors on front ends would pay. */

import type { Machine } from "../machine.js";
import { shapeName } from "../report.js";
import { spreadOf } from "../statistics.js";
import type { HandOver } from "./hand-over.js";
import { MODES, type Mode } from "./threads-peer.js";
import type { Trial } from "./trial.js";

export interface Report {
  readonly startTime: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly secondsPerMeasurement: number;
  readonly trials: readonly Trial[];
  readonly handOvers: readonly HandOver[];
}

/** One server that has so many processors of its own, beside those of its clients. */
const PROCESSOR_COUNTS = [2, 4, 8] as const;
const SECOND_MICROS = 1_000_000;

type Figure = {
  readonly [Name in keyof Trial]: Trial[Name] extends number ? Name : never;
}[keyof Trial];

export function toMarkdown({
  startTime,
  machine,
  rounds,
  trials,
  handOvers,
  ...rest
}: Report): string {
  const sound = trials.filter(({ problem }) => problem === undefined);
  const works = [...new Set(sound.map(nameOf))];
  const lines = [
    "# gRPC in threads of its own",
    "",
    `Made by \`make bench-threads\` at ${startTime} from commit ${machine.commit}.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md), what follows from it in",
    "[a decision](../../docs/decisions/threads.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors; ${machine.system}; ${machine.fileSystem}. The load is made on it, too.`,
    `- Load average before: ${machine.loadBefore.toFixed(2)}. Node.js ${machine.node}, grpc-js ${machine.grpcJs}, ${machine.h2load}.`,
    `- ${String(rounds)} rounds, in turns, about ${String(rest.secondsPerMeasurement)} s each; medians, with the least and the greatest of the rates.`,
    ...trials.filter(({ problem }) => problem !== undefined).map(describeProblem),
    "",
    "## What was seen",
    "",
    "CPU time in microseconds for each call: of the thread with the store, of the front end, of all other threads.",
    "",
    "| work | gRPC in | calls a second | p50 µs | p99 µs | store | front end | others | all |",
    "|---|---|--:|--:|--:|--:|--:|--:|--:|",
    ...works.flatMap((work) => MODES.map((mode) => seenRow(sound, work, mode))),
    "",
    "## What follows",
    "",
    "What handing a call over costs in all; how many calls a second the store's thread could do at most; from how many",
    "processors on, all of them the server's, it could do more calls; and how many times as many it could do with so",
    "many processors and front ends enough, if the work were shared out perfectly. One caller alone can use no more of them.",
    "",
    `| work | hand-over µs | store's ceiling | pays from | ${PROCESSOR_COUNTS.map((count) => `with ${String(count)}`).join(" | ")} |`,
    `|---|--:|--:|--:|${PROCESSOR_COUNTS.map(() => "--:").join("|")}|`,
    ...works.map((work) => conclusionRow(sound, work)).filter((row) => !row.includes("1 × 1 |")),
    "",
    "## The ways to hand bytes over",
    "",
    "So many bytes to another thread and as many back, one hand-over under way at a time, without gRPC or a store: how long that takes, and",
    "the CPU time of both threads.",
    "",
    "| bytes | way | µs | CPU µs |",
    "|--:|---|--:|--:|",
    ...handOvers.map(
      ({ bytes, way, micros, cpuMicros }) =>
        `| ${whole(bytes)} | ${way} | ${micros.toFixed(1)} | ${cpuMicros.toFixed(1)} |`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function nameOf({ work, shape }: Trial): string {
  return `${work}, ${shapeName(shape)}`;
}

function describeProblem(trial: Trial): string {
  return `- **Does not count**: ${nameOf(trial)}, ${trial.mode}: ${trial.problem ?? ""}.`;
}

function seenRow(trials: readonly Trial[], work: string, mode: Mode): string {
  const median = medianOf(trials, work, mode);
  const { min, max } = spreadOf(valuesOf(trials, { work, mode, figure: "ratePerSecond" }));
  const micros = [median("engineMicros"), median("frontEndMicros"), median("otherMicros")];
  const cells = [
    `${whole(median("ratePerSecond"))} (${whole(min)}–${whole(max)})`,
    whole(median("p50Micros")),
    whole(median("p99Micros")),
    ...[...micros, sum(micros)].map((each) => each.toFixed(1)),
  ];
  const where = mode === "one-thread" ? "the store's thread" : "a thread of its own";
  return `| ${work} | ${where} | ${cells.join(" | ")} |`;
}

function conclusionRow(trials: readonly Trial[], work: string): string {
  const none = medianOf(trials, work, "one-thread");
  const one = medianOf(trials, work, "front-end");
  const alone = none("engineMicros");
  const aloneInAll = alone + none("otherMicros");
  const inAll = sum([one("engineMicros"), one("frontEndMicros"), one("otherMicros")]);
  const ceiling = SECOND_MICROS / one("engineMicros");
  const gains = PROCESSOR_COUNTS.map((count) => {
    const without = SECOND_MICROS * Math.min(count / aloneInAll, 1 / alone);
    return Math.min((count * SECOND_MICROS) / inAll, ceiling) / without;
  });
  const cells = [
    (inAll - aloneInAll).toFixed(1),
    whole(ceiling),
    (inAll / alone).toFixed(1),
    ...gains.map((gain) => gain.toFixed(2)),
  ];
  return `| ${work} | ${cells.join(" | ")} |`;
}

interface Place {
  readonly work: string;
  readonly mode: Mode;
  readonly figure: Figure;
}

function medianOf(trials: readonly Trial[], work: string, mode: Mode) {
  return (figure: Figure): number => spreadOf(valuesOf(trials, { work, mode, figure })).median;
}

function valuesOf(trials: readonly Trial[], { work, mode, figure }: Place): number[] {
  return trials
    .filter((trial) => nameOf(trial) === work && trial.mode === mode)
    .map((trial) => trial[figure]);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}
