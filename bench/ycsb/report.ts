/** What a run of `make bench-ycsb` leaves behind, as one value that is written as JSON, and as Markdown. */

import type { Machine } from "../machine.js";
import { spreadOf, type Spread } from "../statistics.js";
import type { ColumnName } from "./columns.js";
import { KEY_BYTES, RECORD_BYTES } from "./records.js";
import type { YcsbMeasurement, YcsbShape } from "./turn.js";
import { KINDS, SCAN_MAX, WORKLOAD_NAMES, WORKLOADS, type Kind } from "./workloads.js";

export interface ColumnReport {
  readonly name: ColumnName;
  readonly description: string;
  readonly version: string;
  readonly command: string;
}

export interface YcsbRow {
  readonly work: YcsbMeasurement["work"];
  readonly column: ColumnName;
  readonly counted: number;
  readonly made: number;
  readonly ratePerSecond: Spread;
  /** Rate over that of etcd in the same round. Undefined: it is etcd, or etcd was not there. */
  readonly rateToEtcd: Spread | undefined;
  readonly kinds: readonly {
    readonly kind: Kind;
    readonly p50Micros: Spread;
    readonly p99Micros: Spread;
  }[];
  readonly cpuMicrosPerOperation: Spread;
  readonly loadCpuMicrosPerOperation: Spread;
  readonly residentBytes: Spread;
}

export interface YcsbReport {
  readonly name: string;
  readonly startTime: string;
  readonly durationSeconds: number;
  readonly machine: Machine;
  readonly settings: YcsbShape & { readonly rounds: number };
  readonly columns: readonly ColumnReport[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly summary: readonly YcsbRow[];
  readonly measurements: readonly YcsbMeasurement[];
}

export function summarizeYcsb(
  measurements: readonly YcsbMeasurement[],
  columns: readonly ColumnName[],
): readonly YcsbRow[] {
  return (["load", ...WORKLOAD_NAMES] as const).flatMap((work) => {
    const made = measurements.filter((one) => one.work === work);
    return columns.flatMap((column) => rowsOf(made, column));
  });
}

/** `made` is of one work. Nothing where no measurement of the column counts. */
function rowsOf(made: readonly YcsbMeasurement[], column: ColumnName): readonly YcsbRow[] {
  const own = made.filter((one) => one.column === column);
  const counted = own.filter(({ problem }) => problem === undefined);
  const [first] = counted;
  if (first === undefined) return [];
  const spread = (figure: (one: YcsbMeasurement) => number): Spread =>
    spreadOf(counted.map(figure));
  const ratios = counted.flatMap((one) => {
    const etcd = made.find(
      (that) => that.column === "etcd" && that.round === one.round && that.problem === undefined,
    );
    if (column === "etcd" || etcd === undefined) return [];
    return [one.ratePerSecond / etcd.ratePerSecond];
  });
  return [
    {
      ...{ work: first.work, column, counted: counted.length, made: own.length },
      ratePerSecond: spread((one) => one.ratePerSecond),
      rateToEtcd: ratios.length === 0 ? undefined : spreadOf(ratios),
      kinds: KINDS.flatMap((kind) => {
        const figures = counted.flatMap((one) => one.kinds.filter((each) => each.kind === kind));
        if (figures.length === 0) return [];
        const p50Micros = spreadOf(figures.map((each) => each.p50Micros));
        return [{ kind, p50Micros, p99Micros: spreadOf(figures.map((each) => each.p99Micros)) }];
      }),
      cpuMicrosPerOperation: spread((one) => one.cpuMicrosPerOperation),
      loadCpuMicrosPerOperation: spread((one) => one.loadCpuMicrosPerOperation),
      residentBytes: spread((one) => one.residentBytes),
    },
  ];
}

const MIB = 1024 * 1024;
const PERCENT = 100;
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function toYcsbMarkdown(report: YcsbReport): string {
  const { machine, settings, measurements } = report;
  const others = spreadOf(measurements.map((one) => one.othersCpuRatio * PERCENT));
  const lines = [
    `# ${report.name}`,
    "",
    `Made by \`make bench-ycsb\` at ${report.startTime} from commit ${machine.commit}; took ${whole.format(report.durationSeconds)} s.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${whole.format(machine.memoryBytes / MIB)} MiB; ${machine.system}.`,
    `- Disk: ${machine.fileSystem}; an append of 4 KiB with fdatasync takes ${whole.format(machine.syncP50Micros)} µs at the median, ${whole.format(machine.syncP99Micros)} µs at p99.`,
    `- Others, the start and the warm-up of the load among them, used ${whole.format(others.median)} % of the processors during the median measurement, ${whole.format(others.max)} % during the worst.`,
    `- Load average before: ${machine.loadBefore.toFixed(2)}.`,
    `- Node.js ${machine.node}, grpc-js ${machine.grpcJs}.`,
    `- ${String(settings.rounds)} rounds, the columns in turns; ${String(settings.seconds)} s a measurement; ${whole.format(settings.recordCount)} records, keys of ${String(KEY_BYTES)} bytes, values of ${whole.format(RECORD_BYTES)}; ${String(settings.clients)} clients in closed loops, on ${String(settings.connections)} connections.`,
    ...report.columns.map(
      (column) =>
        `- ${column.name} ${column.version}: ${column.description}. \`${column.command}\``,
    ),
    ...report.skipped.map(({ name, reason }) => `- Skipped: ${name}, because ${reason}.`),
    "",
    "Medians of the rounds, with the least and the greatest. Ratios are of rates within a round.",
    "",
    "| workload | server | operations/s | to etcd | p50 / p99 µs by kind | server CPU µs/op | load CPU µs/op | RSS MiB |",
    "|---|---|---|---|---|---|---|---|",
    ...report.summary.map(toTableRow),
    "",
    ...WORKLOAD_NAMES.map((name) => `- ${name}: ${describeWorkload(name)}.`),
    "",
    ...problemsOf(measurements),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function toTableRow(row: YcsbRow): string {
  const isWhole = row.counted === row.made;
  const kinds = row.kinds.map(
    ({ kind, p50Micros, p99Micros }) =>
      `${kind} ${whole.format(p50Micros.median)} / ${whole.format(p99Micros.median)}`,
  );
  const cells = [
    row.work,
    isWhole ? row.column : `${row.column} (${String(row.counted)} of ${String(row.made)})`,
    range(row.ratePerSecond, 1),
    row.rateToEtcd === undefined
      ? "–"
      : `${row.rateToEtcd.median.toFixed(2)} (${row.rateToEtcd.min.toFixed(2)}–${row.rateToEtcd.max.toFixed(2)})`,
    kinds.length === 0 ? "–" : kinds.join(", "),
    range(row.cpuMicrosPerOperation, 1),
    range(row.loadCpuMicrosPerOperation, 1),
    range(row.residentBytes, MIB),
  ];
  return `| ${cells.join(" | ")} |`;
}

function range({ median, min, max }: Spread, unit: number): string {
  const [middle, least, most] = [median, min, max].map((value) => whole.format(value / unit));
  return `${middle ?? ""} (${least ?? ""}–${most ?? ""})`;
}

function describeWorkload(name: (typeof WORKLOAD_NAMES)[number]): string {
  const { title, percent, keys } = WORKLOADS[name];
  const shares = KINDS.flatMap((kind) => {
    const share = percent[kind];
    if (share === undefined) return [];
    const length = kind === "scan" ? ` of 1 to ${String(SCAN_MAX)} records` : "";
    return [`${String(share)} % ${kind}${length}`];
  });
  const drawn = keys === "latest" ? "the latest the likeliest" : "Zipf's law, scrambled";
  return `${title}; ${shares.join(", ")}; keys by ${drawn}`;
}

function problemsOf(measurements: readonly YcsbMeasurement[]): string[] {
  const bad = measurements.filter(({ problem }) => problem !== undefined);
  if (bad.length === 0) {
    return ["Every measurement counts: every answer was right, and the servers count as many."];
  }
  return [
    "These do not count:",
    "",
    ...bad.map(
      ({ column, round, work, problem }) =>
        `- ${column}, round ${String(round)}, ${work}: ${problem ?? ""}`,
    ),
  ];
}
