/** What the bench of expirations leaves behind: every measurement, medians of the rounds, and two tables. */

import type { Machine } from "../machine.js";
import { spreadOf } from "../statistics.js";
import type { ExpiryPeerName } from "./peers.js";
import { WORKS, type ExpiryMeasurement, type ExpiryWork } from "./turn.js";

export interface ExpiryReport {
  readonly name: string;
  readonly startTime: string;
  readonly durationSeconds: number;
  readonly machine: Machine;
  readonly settings: {
    readonly rounds: number;
    readonly ratePerSecond: number;
    readonly seconds: number;
    readonly keysAtOnce: number;
    readonly lastingKeys: number;
    readonly getsPerSecond: number;
    readonly keyBytes: number;
    readonly valueBytes: number;
  };
  readonly peers: readonly {
    readonly name: ExpiryPeerName;
    readonly description: string;
    readonly version: string;
    readonly command: string;
  }[];
  readonly skipped: readonly { readonly name: ExpiryPeerName; readonly reason: string }[];
  readonly measurements: readonly ExpiryMeasurement[];
}

const MIB = 1024 * 1024;
const PERCENT = 100;
const MS_PER_SECOND = 1000;
const MICROSECONDS_PER_MS = 1000;
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const hundredths = new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

export function toExpiryMarkdown(report: ExpiryReport): string {
  const { machine, settings, measurements } = report;
  const others = spreadOf(measurements.map((one) => one.othersCpuRatio * PERCENT));
  const lines = [
    `# ${report.name}`,
    "",
    `Made by \`make bench-expiry\` at ${report.startTime} from commit ${machine.commit}; took ${whole.format(report.durationSeconds)} s.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${whole.format(machine.memoryBytes / MIB)} MiB; ${machine.system}.`,
    `- Disk: ${machine.fileSystem}; an append of 4 KiB with fdatasync takes ${whole.format(machine.syncP50Micros)} µs at the median, ${whole.format(machine.syncP99Micros)} µs at p99.`,
    `- Other programs used ${whole.format(others.median)} % of the processors during the median measurement, ${whole.format(others.max)} % during the worst.`,
    `- Load average before: ${machine.loadBefore.toFixed(2)}.`,
    `- Node.js ${machine.node}, grpc-js ${machine.grpcJs}.`,
    `- ${String(settings.rounds)} rounds, the servers in turns; keys of ${String(settings.keyBytes)} bytes, values of ${String(settings.valueBytes)}; ${whole.format(settings.lastingKeys)} keys that are not due, of which ${whole.format(settings.getsPerSecond)} are read a second, one a Get.`,
    ...report.peers.map(
      (peer) => `- ${peer.name} ${peer.version}: ${peer.description}. \`${peer.command}\``,
    ),
    ...report.skipped.map(({ name, reason }) => `- Skipped: ${name}, because ${reason}.`),
    "",
    "Medians of the rounds, with the least and the greatest. Lag is from the deadline to being told, in whole milliseconds.",
    "",
    ...WORKS.flatMap((work) => toSection(work, report)),
    ...problemsOf(measurements),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}

function toSection(work: ExpiryWork, { settings, measurements, peers }: ExpiryReport): string[] {
  const made = measurements.filter((one) => one.work === work);
  if (made.length === 0) return [];
  const { ratePerSecond, seconds, keysAtOnce } = settings;
  return [
    work === "spread"
      ? `## ${whole.format(ratePerSecond)} expirations a second, for ${whole.format(seconds)} s`
      : `## ${whole.format(keysAtOnce)} keys due at once`,
    "",
    "| server | told | all told after s | lag p50 ms | lag p99 ms | lag max ms | Get p50 ms, quiet | meanwhile | Get p99 ms, quiet | meanwhile | ratio | server CPU µs/expiration | RSS MiB | Sets/s before |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ...peers.flatMap(({ name }) => toRow(made.filter(({ peer }) => peer === name))),
    "",
  ];
}

type Figure = (one: ExpiryMeasurement) => number;

/** Of one server and one work. Nothing where no measurement counts. */
function toRow(made: readonly ExpiryMeasurement[]): readonly string[] {
  const counted = made.filter(({ problem }) => problem === undefined);
  const [first] = counted;
  if (first === undefined) return [];
  const isWhole = counted.length === made.length;
  const name = isWhole
    ? first.peer
    : `${first.peer} (${String(counted.length)} of ${String(made.length)})`;
  const range = (format: Intl.NumberFormat, figure: Figure): string => {
    const { median, min, max } = spreadOf(counted.map(figure));
    if (counted.length === 1) return format.format(median);
    return `${format.format(median)} (${format.format(min)}–${format.format(max)})`;
  };
  const cells = [
    name,
    range(whole, ({ tally }) => tally.told),
    range(hundredths, ({ tally }) => tally.untilAllToldMs / MS_PER_SECOND),
    range(whole, ({ tally }) => tally.lagP50Ms),
    range(whole, ({ tally }) => tally.lagP99Ms),
    range(whole, ({ tally }) => tally.lagMaxMs),
    range(hundredths, ({ quiet }) => quiet.p50Micros / MICROSECONDS_PER_MS),
    range(hundredths, ({ meanwhile }) => meanwhile.p50Micros / MICROSECONDS_PER_MS),
    range(hundredths, ({ quiet }) => quiet.p99Micros / MICROSECONDS_PER_MS),
    range(hundredths, ({ meanwhile }) => meanwhile.p99Micros / MICROSECONDS_PER_MS),
    range(hundredths, ({ quiet, meanwhile }) => meanwhile.p99Micros / quiet.p99Micros),
    range(tenths, (one) => one.cpuMicrosPerExpiration),
    range(whole, (one) => one.residentBytesMax / MIB),
    range(whole, (one) => one.setsPerSecond),
  ];
  return [`| ${cells.join(" | ")} |`];
}

function problemsOf(measurements: readonly ExpiryMeasurement[]): readonly string[] {
  const bad = measurements.filter(({ problem }) => problem !== undefined);
  if (bad.length === 0) {
    return [
      "Every measurement counts: each expiration was told once and none early, ours in the order of (revision, index).",
    ];
  }
  const lines = bad.map(
    ({ peer, round, work, problem }) =>
      `- ${peer}, round ${String(round)}, ${work}: ${problem ?? ""}`,
  );
  return ["These do not count:", "", ...lines];
}
