/** What a run over a large store leaves behind, as Markdown. */

import type { Machine } from "../machine.js";

export interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly perSecond: number | undefined;
  readonly serverCpuSeconds: number;
  /** Resident memory of the server when the step was over; 0: it does not run. */
  readonly residentBytes: number;
  readonly keydirBytes: number;
  readonly diskBytes: number;
  readonly note: string;
}

export interface LargeStoreReport {
  readonly name: string;
  readonly startTime: string;
  readonly machine: Machine;
  readonly keys: number;
  readonly steps: readonly Step[];
}

const MIB = 1024 * 1024;
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function toMarkdown({ name, startTime, machine, keys, steps }: LargeStoreReport): string {
  const lines = [
    `# ${name}`,
    "",
    `Made by \`make bench-large\` at ${startTime} from commit ${machine.commit}: ${whole.format(keys)} keys of 16 bytes,`,
    "values of 100 bytes, a server with default settings, filled by unary calls over gRPC, 4 connections × 64 at a time.",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors, ${whole.format(machine.memoryBytes / MIB)} MiB; ${machine.system}; ${machine.fileSystem}; Node.js ${machine.node}.`,
    `- Load average before: ${machine.loadBefore.toFixed(2)}.`,
    "- Memory, keydir and disk are the server's when the step was over; a start is timed from the start of the process to the first answer.",
    "",
    "| step | s | a second | server CPU, s | memory, MiB | keydir, MiB | segments, MiB | |",
    "|---|---|---|---|---|---|---|---|",
    ...steps.map(rowOf),
    "",
  ];
  return lines.join("\n");
}

function rowOf(step: Step): string {
  const perSecond = step.perSecond === undefined ? "" : whole.format(step.perSecond);
  const bytes = [step.residentBytes, step.keydirBytes, step.diskBytes].map((count) =>
    count === 0 ? "" : whole.format(count / MIB),
  );
  const cells = [
    step.name,
    step.seconds.toFixed(2),
    perSecond,
    step.serverCpuSeconds.toFixed(1),
    ...bytes,
    step.note,
  ];
  return `| ${cells.join(" | ")} |`;
}
