/** The rates of a report of unary calls as an SVG: a panel for each work and shape, a bar for each server. */

import { drawBars } from "./bars.js";
import type { PeerName } from "./peer.js";
import { shapeName, type Report } from "./report.js";
import type { SummaryRow } from "./summary.js";

const COLOURS: Readonly<Record<PeerName, string>> = {
  keyvaluedb: "#1f6feb",
  ceiling: "#8c959f",
  "grpc-js": "#d0d7de",
  etcd: "#bf8700",
};

export function toChart(report: Report): string {
  const { machine, settings } = report;
  return drawBars({
    title: "Unary calls a second",
    subtitle: `${machine.cpu}, ${String(machine.cpuCount)} processors; Node.js ${machine.node}; median of ${String(settings.rounds)} rounds, with the least and the greatest`,
    panels: [...groupPanels(report.summary)].map(([title, rows]) => ({
      title,
      bars: rows.map((row) => ({
        name: row.peer,
        colour: COLOURS[row.peer],
        ratePerSecond: row.ratePerSecond,
        note: row.rateToEtcd === undefined ? "" : `, ${row.rateToEtcd.median.toFixed(2)} of etcd`,
      })),
    })),
  });
}

function groupPanels(summary: readonly SummaryRow[]): ReadonlyMap<string, readonly SummaryRow[]> {
  const panels = new Map<string, SummaryRow[]>();
  for (const row of summary) {
    const title = `${row.work}, ${shapeName(row.shape)} (connections × streams)`;
    panels.set(title, [...(panels.get(title) ?? []), row]);
  }
  return panels;
}
