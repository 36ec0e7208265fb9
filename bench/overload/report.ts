/** What the bench of overload leaves behind: every measurement, and a table. */

import type { Machine } from "../machine.js";
import type { Work } from "../peer.js";
import type { OverloadMeasurement } from "./turn.js";

export interface OverloadReport {
  readonly name: string;
  readonly startTime: string;
  readonly durationSeconds: number;
  readonly machine: Machine;
  readonly settings: {
    readonly seconds: number;
    readonly connections: number;
    readonly depth: number;
    readonly patienceMs: number;
    readonly valueBytes: number;
  };
  readonly version: string;
  readonly command: string;
  readonly works: readonly {
    readonly work: Work;
    readonly measurements: readonly OverloadMeasurement[];
  }[];
}

const MIB = 1024 * 1024;
const PERCENT = 100;
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function toOverloadMarkdown(report: OverloadReport): string {
  const { machine, settings, works } = report;
  const lines = [
    `# ${report.name}`,
    "",
    `Made by \`make bench-overload\` at ${report.startTime} from commit ${machine.commit}; took ${whole.format(report.durationSeconds)} s.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${whole.format(machine.memoryBytes / MIB)} MiB; ${machine.system}.`,
    `- Disk: ${machine.fileSystem}; an append of 4 KiB with fdatasync takes ${whole.format(machine.syncP50Micros)} µs at the median, ${whole.format(machine.syncP99Micros)} µs at p99.`,
    `- Load average before: ${machine.loadBefore.toFixed(2)}.`,
    `- Node.js ${machine.node}, grpc-js ${machine.grpcJs}; keyvaluedb ${report.version}, \`${report.command}\`.`,
    `- ${String(settings.connections)} connections; ${String(settings.depth)} calls at a time on each to find what it can do; values of ${String(settings.valueBytes)} bytes; a call that cannot be sent for ${whole.format(settings.patienceMs)} ms is given up; ${whole.format(settings.seconds)} s a measurement.`,
    "",
    "| work | offered | calls/s | accepted/s | of what it can do | refused % | given up % | p50 ms | p99 ms | p99 from sending ms | refused p99 ms | RSS MiB | probes |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ...works.flatMap(({ work, measurements }) => toRows(work, measurements, settings.seconds)),
    "",
    ...problemsOf(report),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function toRows(
  work: Work,
  measurements: readonly OverloadMeasurement[],
  seconds: number,
): readonly string[] {
  const capacity = measurements.find(({ factor }) => factor === 0)?.outcome.acceptedPerSecond;
  return measurements.map((one) => {
    const { outcome, factor, probes } = one;
    const share = (count: number): string => ((count / outcome.offered) * PERCENT).toFixed(1);
    const told = Object.entries(probes).map(([name, count]) => `${String(count)} ${name}`);
    const retry = one.probesToRetry > 0 ? `, ${String(one.probesToRetry)} with RetryInfo` : "";
    const cells = [
      work,
      factor === 0 ? "what it answers" : `${String(factor)} times`,
      whole.format(outcome.offered / seconds),
      whole.format(outcome.acceptedPerSecond),
      capacity === undefined ? "–" : (outcome.acceptedPerSecond / capacity).toFixed(2),
      share(outcome.refused),
      share(outcome.givenUp),
      ...[outcome.p50Ms, outcome.p99Ms, outcome.sentP99Ms].map((ms) => whole.format(ms)),
      outcome.refused === 0 ? "–" : whole.format(outcome.refusedP99Ms),
      whole.format(one.residentBytesMax / MIB),
      told.join(", ") + retry,
    ];
    return `| ${cells.join(" | ")} |`;
  });
}

function problemsOf({ works }: OverloadReport): readonly string[] {
  const lines = works.flatMap(({ work, measurements }) =>
    measurements.flatMap(({ factor, problem }) =>
      problem === undefined ? [] : [`- ${work}, ${String(factor)} times: ${problem}`],
    ),
  );
  if (lines.length > 0) return ["These do not count:", "", ...lines];
  return [
    "Every measurement counts: all calls that were sent were answered, and the server counts as many successes.",
  ];
}
