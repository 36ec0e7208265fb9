/** What a run of `make bench-commit` leaves behind, as one value that is written as JSON, and as Markdown. */

import type { Machine } from "../machine.js";
import { spreadOf, type Spread } from "../statistics.js";
import { KEY_BYTES, VALUE_BYTES } from "./target.js";
import type { CommitFigures, CommitMeasurement, CommitTask } from "./tasks.js";

export interface CommitReport {
  readonly startTime: string;
  readonly durationSeconds: number;
  readonly machine: Machine;
  readonly settings: {
    readonly rounds: number;
    readonly seconds: number;
    readonly clients: readonly number[];
  };
  readonly measurements: readonly CommitMeasurement[];
}

const PERCENT = 100;
const MIB = 1024 * 1024;
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

const PARTS: readonly (readonly [CommitTask["part"], string, string])[] = [
  ["way", "How the bytes get to stable storage", "The engine with its default settings."],
  ["window", "When a batch is written", "The log alone, on O_DSYNC and zeros."],
];

const COLUMNS: readonly (readonly [string, (one: CommitFigures) => number, number])[] = [
  ["commits/s", (one) => one.ratePerSecond, 0],
  ["p50 µs", (one) => one.p50Micros, 0],
  ["p99 µs", (one) => one.p99Micros, 0],
  ["syncs/commit", (one) => one.syncsPerCommit, 3],
  ["CPU µs/commit", (one) => one.cpuMicrosPerCommit, 1],
  ["stall ms", (one) => one.stallMs, 1],
];

export function toCommitMarkdown(report: CommitReport): string {
  const { machine, settings, measurements } = report;
  const others = spreadOf(measurements.map((one) => one.othersCpuRatio * PERCENT));
  const lines = [
    "# The commit path",
    "",
    `Made by \`make bench-commit\` at ${report.startTime} from commit ${machine.commit}; took ${whole.format(report.durationSeconds)} s.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${whole.format(machine.memoryBytes / MIB)} MiB; ${machine.system}.`,
    `- Disk: ${machine.fileSystem}; an append of 4 KiB with fdatasync takes ${whole.format(machine.syncP50Micros)} µs at the median, ${whole.format(machine.syncP99Micros)} µs at p99.`,
    `- Other programs used ${whole.format(others.median)} % of the processors during the median measurement, ${whole.format(others.max)} % during the worst.`,
    `- Load average before: ${machine.loadBefore.toFixed(2)}.`,
    `- Node.js ${machine.node}.`,
    `- ${String(settings.rounds)} rounds, all in turns, each in a process of its own; ${String(settings.seconds)} s a measurement; keys of ${String(KEY_BYTES)} bytes, values of ${String(VALUE_BYTES)} bytes.`,
    "",
    "Medians of the rounds, with the least and the greatest; p50 and p99 as the clients see them.",
    "",
    ...PARTS.flatMap(([part, title, subtitle]) => {
      const ofPart = measurements.filter((one) => one.part === part);
      if (ofPart.length === 0) return [];
      return [`## ${title}`, "", subtitle, "", ...tableOf(ofPart), ""];
    }),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function tableOf(measurements: readonly CommitMeasurement[]): string[] {
  const counts = [...new Set(measurements.map(({ clients }) => clients))].sort((a, b) => a - b);
  const names = [...new Set(measurements.map(({ name }) => name))];
  return [
    `| clients | ${measurements[0]?.part ?? ""} | ${COLUMNS.map(([name]) => name).join(" | ")} |`,
    `|--:|---|${COLUMNS.map(() => "--:").join("|")}|`,
    ...counts.flatMap((clients) =>
      names.flatMap((name) => {
        const own = measurements.filter((one) => one.name === name && one.clients === clients);
        if (own.length === 0) return [];
        const cells = COLUMNS.map(([, figure, digits]) => range(spreadOf(own.map(figure)), digits));
        return [`| ${[String(clients), name, ...cells].join(" | ")} |`];
      }),
    ),
  ];
}

function range({ median, min, max }: Spread, digits: number): string {
  const format = new Intl.NumberFormat("en-GB", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${format.format(median)} (${format.format(min)}–${format.format(max)})`;
}
