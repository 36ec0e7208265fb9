/** What a run of `make bench-engine` leaves behind, as one value that is written as JSON, and as Markdown. */

import type { Machine } from "../machine.js";
import { spreadOf } from "../statistics.js";
import type { Figures, Task } from "./options.js";

export interface Measurement {
  /** `keydir 10000000 map` and so on: what was measured, in words. */
  readonly work: string;
  readonly round: number;
  readonly task: Task;
  /** Load average of the last minute when it began. */
  readonly loadBefore: number;
  readonly seconds: number;
  readonly figures: Figures;
}

export interface Report {
  readonly startTime: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly measurements: readonly Measurement[];
}

const MIB = 1024 * 1024;
const TENTHS_BELOW = 1000;

export function toMarkdown({ startTime, machine, rounds, measurements }: Report): string {
  const loads = spreadOf(measurements.map(({ loadBefore }) => loadBefore));
  const lines = [
    "# The engine without the wire",
    "",
    `Made by \`make bench-engine\` at ${startTime} from commit ${machine.commit}.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${number(machine.memoryBytes / MIB)} MiB; ${machine.system}.`,
    `- Disk: ${machine.fileSystem}; an append of 4 KiB with fdatasync takes ${number(machine.syncP50Micros)} µs at the median, ${number(machine.syncP99Micros)} µs at p99.`,
    `- Load average before the run: ${machine.loadBefore.toFixed(2)}; before a measurement: ${loads.median.toFixed(2)} (${loads.min.toFixed(2)}–${loads.max.toFixed(2)}), of which this bench is 1 or so.`,
    `- Node.js ${machine.node}; ${String(rounds)} rounds, the structures in turns, each in a process of its own.`,
    "",
    "Medians of the rounds, with the least and the greatest.",
    "",
    ...tables(measurements),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

/** A table for each part: a row for each work, a column for each figure. */
function tables(measurements: readonly Measurement[]): string[] {
  return [...new Set(measurements.map(({ task }) => task.part))].flatMap((part) => {
    const ofPart = measurements.filter(({ task }) => task.part === part);
    if (part === "housekeeping") return [`## ${part}`, "", ...listing(ofPart), ""];
    const names = [...new Set(ofPart.flatMap(({ figures }) => Object.keys(figures)))];
    return [
      `## ${part}`,
      "",
      `| work | ${names.join(" | ")} |`,
      `|---|${names.map(() => "--:").join("|")}|`,
      ...worksOf(ofPart).map(
        (work) => `| ${work} | ${names.map((name) => cell(ofPart, work, name)).join(" | ")} |`,
      ),
      "",
    ];
  });
}

/** Its figures have names `phase: figure`: a row for each phase. */
function listing(measurements: readonly Measurement[]): string[] {
  const names = [...new Set(measurements.flatMap(({ figures }) => Object.keys(figures)))];
  const phases = [...new Set(names.map((name) => name.split(": ")[0] ?? ""))];
  const columns = [...new Set(names.map((name) => name.split(": ")[1] ?? ""))];
  return [
    `| work | while | ${columns.join(" | ")} |`,
    `|---|---|${columns.map(() => "--:").join("|")}|`,
    ...worksOf(measurements).flatMap((work) =>
      phases.map((phase) => {
        const cells = columns.map((column) => cell(measurements, work, `${phase}: ${column}`));
        return `| ${work} | ${phase} | ${cells.join(" | ")} |`;
      }),
    ),
  ];
}

function worksOf(measurements: readonly Measurement[]): string[] {
  return [...new Set(measurements.map(({ work }) => work))];
}

function cell(measurements: readonly Measurement[], work: string, name: string): string {
  const values = measurements
    .filter((measurement) => measurement.work === work)
    .flatMap(({ figures }) => figures[name] ?? []);
  if (values.length === 0) return "–";
  const { median, min, max } = spreadOf(values);
  if (values.length === 1) return number(median);
  return `${number(median)} (${number(min)}–${number(max)})`;
}

function number(value: number): string {
  const digits = Math.abs(value) < TENTHS_BELOW ? 1 : 0;
  return new Intl.NumberFormat("en-GB", { maximumFractionDigits: digits }).format(value);
}
