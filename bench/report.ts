/** What a run of the bench leaves behind: everything it knows, as one value that is written as JSON. */

import type { Shape } from "./h2load.js";
import type { Machine } from "./machine.js";
import type { Measurement } from "./measure.js";
import type { PeerName } from "./peer.js";
import { spreadOf, type Spread } from "./statistics.js";
import type { SummaryRow } from "./summary.js";

export interface PeerReport {
  readonly name: PeerName;
  readonly description: string;
  readonly version: string;
  readonly command: string;
}

export interface Report {
  readonly name: string;
  readonly startTime: string;
  readonly durationSeconds: number;
  readonly machine: Machine;
  readonly settings: {
    readonly rounds: number;
    readonly secondsPerMeasurement: number;
    readonly keyBytes: number;
    readonly valueBytes: number;
    readonly shapes: readonly Shape[];
  };
  readonly peers: readonly PeerReport[];
  readonly skipped: readonly { readonly name: PeerName; readonly reason: string }[];
  readonly summary: readonly SummaryRow[];
  readonly measurements: readonly Measurement[];
}

const MIB = 1024 * 1024;
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function shapeName({ connections, streams }: Shape): string {
  return `${String(connections)} × ${String(streams)}`;
}

/** The report as Markdown, with the chart beside it in a file of that name. */
export function toMarkdown(report: Report, chartName: string): string {
  const { machine, settings } = report;
  const lines = [
    `# ${report.name}`,
    "",
    `Made by \`make bench\` at ${report.startTime} from commit ${machine.commit}; took ${whole.format(report.durationSeconds)} s.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${whole.format(machine.memoryBytes / MIB)} MiB; ${machine.system}.`,
    `- Disk: ${machine.fileSystem}; an append of 4 KiB with fdatasync takes ${whole.format(machine.syncP50Micros)} µs at the median, ${whole.format(machine.syncP99Micros)} µs at p99.`,
    othersLine(report.measurements),
    `- Load average before: ${machine.loadBefore.toFixed(2)}.`,
    `- Node.js ${machine.node}, grpc-js ${machine.grpcJs}, ${machine.h2load}.`,
    `- ${String(settings.rounds)} rounds, the servers in turns; about ${String(settings.secondsPerMeasurement)} s a measurement; one key of ${String(settings.keyBytes)} bytes, values of ${String(settings.valueBytes)} bytes.`,
    ...report.peers.map(
      (peer) => `- ${peer.name} ${peer.version}: ${peer.description}. \`${peer.command}\``,
    ),
    ...report.skipped.map(({ name, reason }) => `- Skipped: ${name}, because ${reason}.`),
    "",
    `![Rates](${chartName})`,
    "",
    "Medians of the rounds, with the least and the greatest. Ratios are of rates within a round.",
    "",
    "| work | connections × streams | server | calls/s | p50 µs | p99 µs | CPU µs/call | RSS MiB | to etcd | to ceiling |",
    "|---|---|---|---|---|---|---|---|---|---|",
    ...report.summary.map(toTableRow),
    "",
    ...problemsOf(report),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

const PERCENT = 100;

function othersLine(measurements: readonly Measurement[]): string {
  const { median, max } = spreadOf(
    measurements.map(({ othersCpuRatio }) => othersCpuRatio * PERCENT),
  );
  return `- Other programs used ${whole.format(median)} % of the processors during the median measurement, ${whole.format(max)} % during the worst.`;
}

function toTableRow(row: SummaryRow): string {
  const cells = [
    row.work,
    shapeName(row.shape),
    row.counted === row.made
      ? row.peer
      : `${row.peer} (${String(row.counted)} of ${String(row.made)})`,
    range(row.ratePerSecond, whole),
    range(row.p50Micros, whole),
    range(row.p99Micros, whole),
    range(row.cpuMicrosPerOperation, whole),
    range(row.residentBytes, whole, MIB),
    ratio(row.rateToEtcd),
    ratio(row.rateToCeiling),
  ];
  return `| ${cells.join(" | ")} |`;
}

function range({ median, min, max }: Spread, format: Intl.NumberFormat, unit = 1): string {
  const [middle, least, most] = [median, min, max].map((value) => format.format(value / unit));
  return `${middle ?? ""} (${least ?? ""}–${most ?? ""})`;
}

function ratio(spread: Spread | undefined): string {
  if (spread === undefined) return "–";
  return `${spread.median.toFixed(2)} (${spread.min.toFixed(2)}–${spread.max.toFixed(2)})`;
}

function problemsOf(report: Report): readonly string[] {
  const bad = report.measurements.filter(({ problem }) => problem !== undefined);
  if (bad.length === 0)
    return ["Every measurement counts: the successes were as many as the requests."];
  return [
    "These do not count:",
    "",
    ...bad.map(
      ({ peer, round, work, shape, problem }) =>
        `- ${peer}, round ${String(round)}, ${work}, ${shapeName(shape)}: ${problem ?? ""}`,
    ),
  ];
}
