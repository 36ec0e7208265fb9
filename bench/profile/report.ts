/** The table of a profile. */

import type { Machine } from "../machine.js";
import type { Work } from "../peer.js";
import type { GroupTime } from "./group-times.js";

export interface WorkTimes {
  readonly work: Work;
  readonly ratePerSecond: number;
  readonly groups: readonly GroupTime[];
}

export interface ProfileReport {
  readonly startTime: string;
  readonly machine: Machine;
  readonly requests: number;
  readonly times: readonly WorkTimes[];
}

export function toMarkdown({ startTime, machine, requests, times }: ProfileReport): string {
  const names = [...new Set(times.flatMap(({ groups }) => groups.map(({ group }) => group)))];
  const rows = names.map((name) => {
    const cells = times.map(({ groups }) => {
      const found = groups.find(({ group }) => group === name);
      return found === undefined ? "–" : found.microsPerCall.toFixed(1);
    });
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  const sums = times.map(({ groups }) =>
    groups.reduce((sum, { microsPerCall }) => sum + microsPerCall, 0).toFixed(1),
  );
  const rates = times.map(
    ({ work, ratePerSecond }) => `${work} ${ratePerSecond.toFixed(0)} a second`,
  );
  return [
    "# profile",
    "",
    `Made by \`make bench-profile\` at ${startTime} from commit ${machine.commit}.`,
    "How it measures is told in [docs/benchmarks.md](../../docs/benchmarks.md).",
    "",
    `- Machine: ${machine.cpu}, ${String(machine.cpuCount)} processors; Node.js ${process.version}.`,
    `- ${String(requests)} calls each on 8 connections × 16, values of 256 bytes, one key. With the profiler: ${rates.join(", ")}.`,
    "",
    "Microseconds a call on the server's main thread, waiting left out.",
    "",
    `| where | ${times.map(({ work }) => work).join(" | ")} |`,
    `| --- | ${times.map(() => "--:").join(" | ")} |`,
    ...rows,
    `| **all** | ${sums.map((sum) => `**${sum}**`).join(" | ")} |`,
    "",
  ].join("\n");
}
