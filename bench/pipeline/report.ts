/** What the bench of pipelines leaves behind: every measurement, medians and ratios, a table and a chart. */

import { drawBars } from "../bars.js";
import type { Machine } from "../machine.js";
import { WORKS, type Work } from "../peer.js";
import { spreadOf, type Spread } from "../statistics.js";
import type { PipelinePeerName } from "./peers.js";
import type { PipelineMeasurement, PipelineShape } from "./turn.js";

export interface PipelinePeerReport {
  readonly name: PipelinePeerName;
  readonly description: string;
  readonly version: string;
  readonly command: string;
}

export interface PipelineRow {
  readonly work: Work;
  readonly peer: PipelinePeerName;
  readonly counted: number;
  readonly made: number;
  readonly ratePerSecond: Spread;
  readonly p50Micros: Spread;
  readonly p99Micros: Spread;
  readonly cpuMicrosPerOperation: Spread;
  readonly loadCpuMicrosPerOperation: Spread;
  readonly residentBytes: Spread;
  /** Rate over that of another server in the same round. Undefined: it is that server, or was not there. */
  readonly rateToRedis: Spread | undefined;
  readonly rateToCeiling: Spread | undefined;
  readonly rateToStream: Spread | undefined;
}

export interface PipelineReport {
  readonly name: string;
  readonly startTime: string;
  readonly durationSeconds: number;
  readonly machine: Machine;
  readonly settings: PipelineShape & {
    readonly rounds: number;
    readonly secondsPerMeasurement: number;
    readonly keyCount: number;
    readonly keyBytes: number;
    readonly valueBytes: number;
  };
  readonly peers: readonly PipelinePeerReport[];
  readonly skipped: readonly { readonly name: PipelinePeerName; readonly reason: string }[];
  readonly summary: readonly PipelineRow[];
  readonly measurements: readonly PipelineMeasurement[];
}

export function summarizePipelines(
  measurements: readonly PipelineMeasurement[],
  peers: readonly PipelinePeerName[],
): readonly PipelineRow[] {
  return WORKS.flatMap((work) => {
    const made = measurements.filter((one) => one.work === work);
    return peers.flatMap((peer) => toRow(work, peer, made));
  });
}

function toRow(
  work: Work,
  peer: PipelinePeerName,
  made: readonly PipelineMeasurement[],
): readonly PipelineRow[] {
  const own = made.filter((one) => one.peer === peer);
  const counted = own.filter(({ problem }) => problem === undefined);
  if (counted.length === 0) return [];
  const spread = (figure: (one: PipelineMeasurement) => number): Spread =>
    spreadOf(counted.map(figure));
  const ratioTo = (other: PipelinePeerName): Spread | undefined => {
    if (peer === other) return undefined;
    const ratios = counted.flatMap((one) => {
      const theirs = made.find(
        (that) => that.peer === other && that.round === one.round && that.problem === undefined,
      );
      return theirs === undefined ? [] : [one.ratePerSecond / theirs.ratePerSecond];
    });
    return ratios.length === 0 ? undefined : spreadOf(ratios);
  };
  return [
    {
      work,
      peer,
      counted: counted.length,
      made: own.length,
      ratePerSecond: spread((one) => one.ratePerSecond),
      p50Micros: spread((one) => one.p50Micros),
      p99Micros: spread((one) => one.p99Micros),
      cpuMicrosPerOperation: spread((one) => one.cpuMicrosPerOperation),
      loadCpuMicrosPerOperation: spread((one) => one.loadCpuMicrosPerOperation),
      residentBytes: spread((one) => one.residentBytes),
      rateToRedis: ratioTo("redis"),
      rateToCeiling: ratioTo("ceiling"),
      rateToStream: ratioTo("stream"),
    },
  ];
}

const MIB = 1024 * 1024;
const PERCENT = 100;
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

const COLOURS: Readonly<Record<PipelinePeerName, string>> = {
  keyvaluedb: "#1f6feb",
  stream: "#0a3069",
  client: "#54aeff",
  "client-with-retries": "#b6e3ff",
  ceiling: "#8c959f",
  redis: "#cf222e",
};

export function toPipelineMarkdown(report: PipelineReport, chartName: string): string {
  const { machine, settings } = report;
  const others = spreadOf(report.measurements.map((one) => one.othersCpuRatio * PERCENT));
  const shape = `${String(settings.connections)} × ${String(settings.depth)}`;
  const lines = [
    `# ${report.name}`,
    "",
    `Made by \`dist/bench/pipeline/main.js\` at ${report.startTime} from commit ${machine.commit}; took ${whole.format(report.durationSeconds)} s.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${whole.format(machine.memoryBytes / MIB)} MiB; ${machine.system}.`,
    `- Disk: ${machine.fileSystem}; an append of 4 KiB with fdatasync takes ${whole.format(machine.syncP50Micros)} µs at the median, ${whole.format(machine.syncP99Micros)} µs at p99.`,
    `- Other programs used ${whole.format(others.median)} % of the processors during the median measurement, ${whole.format(others.max)} % during the worst.`,
    `- Load average before: ${machine.loadBefore.toFixed(2)}.`,
    `- Node.js ${machine.node}, grpc-js ${machine.grpcJs}.`,
    `- ${String(settings.rounds)} rounds, the servers in turns; about ${String(settings.secondsPerMeasurement)} s a measurement; ${shape} (connections × operations under way on each); ${whole.format(settings.keyCount)} keys of ${String(settings.keyBytes)} bytes, drawn uniformly; values of ${String(settings.valueBytes)} bytes.`,
    ...report.peers.map(
      (peer) => `- ${peer.name} ${peer.version}: ${peer.description}. \`${peer.command}\``,
    ),
    ...report.skipped.map(({ name, reason }) => `- Skipped: ${name}, because ${reason}.`),
    "",
    `![Rates](${chartName})`,
    "",
    "Medians of the rounds, with the least and the greatest. Ratios are of rates within a round.",
    "",
    "| work | server | operations/s | p50 µs | p99 µs | server CPU µs/op | load CPU µs/op | RSS MiB | to redis | to ceiling | to stream |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...report.summary.map(toTableRow),
    "",
    ...problemsOf(report),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function toTableRow(row: PipelineRow): string {
  const isWhole = row.counted === row.made;
  const name = isWhole ? row.peer : `${row.peer} (${String(row.counted)} of ${String(row.made)})`;
  const cells = [
    row.work,
    name,
    range(row.ratePerSecond, whole),
    range(row.p50Micros, whole),
    range(row.p99Micros, whole),
    range(row.cpuMicrosPerOperation, tenths),
    range(row.loadCpuMicrosPerOperation, tenths),
    range(row.residentBytes, whole, MIB),
    ratio(row.rateToRedis),
    ratio(row.rateToCeiling),
    ratio(row.rateToStream),
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

function problemsOf({ measurements }: PipelineReport): readonly string[] {
  const bad = measurements.filter(({ problem }) => problem !== undefined);
  if (bad.length === 0) return ["Every measurement counts: every operation was answered right."];
  const lines = bad.map(
    ({ peer, round, work, problem }) =>
      `- ${peer}, round ${String(round)}, ${work}: ${problem ?? ""}`,
  );
  return ["These do not count:", "", ...lines];
}

export function toPipelineChart({ machine, settings, summary }: PipelineReport): string {
  const shape = `${String(settings.connections)} × ${String(settings.depth)}`;
  return drawBars({
    title: "Pipelined operations a second",
    subtitle: `${machine.cpu}, ${String(machine.cpuCount)} processors; Node.js ${machine.node}; median of ${String(settings.rounds)} rounds, with the least and the greatest`,
    panels: WORKS.map((work) => ({
      title: `${work}, ${shape} (connections × operations under way)`,
      bars: summary
        .filter((row) => row.work === work)
        .map((row) => ({
          name: row.peer,
          colour: COLOURS[row.peer],
          ratePerSecond: row.ratePerSecond,
          note:
            row.rateToRedis === undefined ? "" : `, ${row.rateToRedis.median.toFixed(2)} of redis`,
        })),
    })).filter(({ bars }) => bars.length > 0),
  });
}
