/**
 * `make bench-ycsb`: the workloads A to F of YCSB on our server and on etcd, in turns and in rounds, and a report
 * of it in bench/results/ycsb.{json,md}.
 *
 *     node dist/bench/ycsb/main.js [--name ycsb] [--rounds 2] [--seconds 4] [--records 50000] [--clients 16]
 *                                  [--connections 8] [--workloads A,B,C,D,E,F] [--columns NAME,…] [--directory DIR]
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { describeMachine, isInMemory } from "../machine.js";
import { COLUMN_NAMES, COLUMNS, type Column, type ColumnName } from "./columns.js";
import { SCRAMBLED_BELOW_MAX } from "./distributions.js";
import { summarizeYcsb, toYcsbMarkdown, type ColumnReport, type YcsbReport } from "./report.js";
import { takeYcsbTurn, type YcsbMeasurement, type YcsbShape } from "./turn.js";
import { WORKLOAD_NAMES, type WorkloadName } from "./workloads.js";
import { runBench } from "../run-bench.js";

const PROJECT = join(import.meta.dirname, "../../..");
/** What D and E add must be drawn, too. */
const RECORDS_MAX = SCRAMBLED_BELOW_MAX / 2;
/** What a server with default settings takes at once (`limits.scans`). Workload E is nearly all scans. */
const SCANS_MAX = 32;

interface Settings extends YcsbShape {
  readonly name: string;
  readonly rounds: number;
  readonly columns: readonly ColumnName[];
  readonly directory: string;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      name: { type: "string", default: "ycsb" },
      rounds: { type: "string", default: "2" },
      seconds: { type: "string", default: "4" },
      records: { type: "string", default: "50000" },
      clients: { type: "string", default: "16" },
      connections: { type: "string", default: "8" },
      workloads: { type: "string" },
      columns: { type: "string" },
      directory: { type: "string" },
    },
  });
  if (!/^[a-z0-9.-]+$/u.test(values.name)) {
    throw new Error(`--name: ${values.name} is not of lower-case letters, digits, dots and dashes`);
  }
  const whole = (name: "rounds" | "seconds" | "records" | "clients" | "connections"): number => {
    const number = Number(values[name]);
    if (Number.isInteger(number) && number >= 1 && number <= RECORDS_MAX) return number;
    throw new Error(
      `--${name}: must be a whole number from 1 to ${String(RECORDS_MAX)}, not ${values[name]}`,
    );
  };
  const directory = values.directory ?? (isInMemory(tmpdir()) ? join(PROJECT, "dist") : tmpdir());
  if (isInMemory(directory)) {
    throw new Error(`--directory: ${directory} is in memory, not on a disk`);
  }
  const clients = whole("clients");
  return {
    name: values.name,
    rounds: whole("rounds"),
    seconds: whole("seconds"),
    recordCount: whole("records"),
    clients,
    connections: whole("connections"),
    workloads:
      values.workloads === undefined
        ? workloadsFor(clients)
        : namesFrom("workloads", values.workloads, WORKLOAD_NAMES),
    columns:
      values.columns === undefined
        ? COLUMN_NAMES
        : columnsFrom(values.columns.split(",").map((text) => text.trim())),
    directory,
  };
}

/** All that so many callers may do at once with a server of default settings. */
function workloadsFor(clients: number): readonly WorkloadName[] {
  return clients > SCANS_MAX ? WORKLOAD_NAMES.filter((name) => name !== "E") : WORKLOAD_NAMES;
}

function namesFrom<T extends string>(
  flag: string,
  text: string,
  known: readonly T[],
): readonly T[] {
  return text.split(",").map((word) => {
    const name = known.find((each) => each === word);
    if (name !== undefined) return name;
    throw new Error(`--${flag}: ${word} is none of ${known.join(", ")}`);
  });
}

/** The name of one has a comma in it: `typed` will do. */
function columnsFrom(words: readonly string[]): readonly ColumnName[] {
  const short = { keyvaluedb: COLUMN_NAMES[0], typed: COLUMN_NAMES[1], etcd: COLUMN_NAMES[2] };
  return namesFrom("columns", words.join(","), ["keyvaluedb", "typed", "etcd"] as const).map(
    (name) => short[name],
  );
}

async function chooseColumns(
  names: readonly ColumnName[],
): Promise<{ readonly columns: readonly Column[]; readonly skipped: YcsbReport["skipped"] }> {
  const columns: Column[] = [];
  const skipped = COLUMN_NAMES.filter((name) => !names.includes(name)).map((name) => ({
    name,
    reason: "it was not asked for",
  }));
  for (const name of names) {
    const reason = await COLUMNS[name].peer.reasonToSkip();
    if (reason === undefined) columns.push(COLUMNS[name]);
    else skipped.push({ name, reason });
  }
  return { columns, skipped };
}

function describe(one: YcsbMeasurement): string {
  const place = `round ${String(one.round)}  ${one.column.padEnd(24)}  ${one.work.padEnd(4)}`;
  if (one.problem !== undefined) return `${place}  DOES NOT COUNT: ${one.problem}`;
  const kinds = one.kinds.map(
    ({ kind, p50Micros, p99Micros }) =>
      `${kind} p50 ${p50Micros.toFixed(0)} p99 ${p99Micros.toFixed(0)} µs`,
  );
  const cpu = `CPU µs/op: server ${one.cpuMicrosPerOperation.toFixed(0)}, load ${one.loadCpuMicrosPerOperation.toFixed(0)}`;
  return [`${place}  ${one.ratePerSecond.toFixed(0)}/s`, ...kinds, cpu].join(", ");
}

async function bench(settings: Settings, directory: string): Promise<YcsbReport> {
  const startTime = new Date();
  const { name, rounds, seconds, recordCount, clients, connections, workloads } = settings;
  const shape: YcsbShape = { seconds, recordCount, clients, connections, workloads };
  const { columns, skipped } = await chooseColumns(settings.columns);
  for (const column of skipped) say(`skipped ${column.name}: ${column.reason}`);
  const machine = await describeMachine(directory);
  const measurements: YcsbMeasurement[] = [];
  const reports = new Map<ColumnName, ColumnReport>();
  for (let round = 1; round <= rounds; round += 1) {
    // Every round begins with another one.
    const first = (round - 1) % columns.length;
    for (const column of [...columns.slice(first), ...columns.slice(0, first)]) {
      const turnDirectory = mkdtempSync(join(directory, `${column.protocol}-`));
      const turn = await takeYcsbTurn(column, {
        ...shape,
        round,
        directory: turnDirectory,
        onMeasurement: (measurement) => {
          measurements.push(measurement);
          say(describe(measurement));
        },
      });
      const command = turn.command.replaceAll(turnDirectory, "DIR").replaceAll(PROJECT, ".");
      const { description } = column;
      reports.set(column.name, { name: column.name, description, version: turn.version, command });
      rmSync(turnDirectory, { recursive: true, force: true });
    }
  }
  const names = columns.map((column) => column.name);
  return {
    name,
    startTime: startTime.toISOString(),
    durationSeconds: (Date.now() - startTime.getTime()) / 1000,
    machine,
    settings: { rounds, ...shape },
    columns: names.flatMap((column) => reports.get(column) ?? []),
    skipped,
    summary: summarizeYcsb(measurements, names),
    measurements,
  };
}

runBench({
  readSettings,
  run: async (settings, directory) => {
    const report = await bench(settings, directory);
    const pages = { md: toYcsbMarkdown(report) };
    const isWhole = report.measurements.every(({ problem }) => problem === undefined);
    return { name: report.name, report, pages, isWhole };
  },
});
