/** The rates of a report as an SVG: a panel for each work and shape, a bar for each server, with its spread. */

import type { PeerName } from "./peer.js";
import { shapeName, type Report } from "./report.js";
import type { SummaryRow } from "./summary.js";

const WIDTH = 860;
const MARGIN = 24;
const HEADER_HEIGHT = 64;
const TITLE_HEIGHT = 28;
const BAR_HEIGHT = 18;
const BAR_GAP = 6;
const PANEL_GAP = 18;
const NAME_WIDTH = 96;
const VALUE_WIDTH = 230;
const BAR_WIDTH = WIDTH - 2 * MARGIN - NAME_WIDTH - VALUE_WIDTH;

const COLOURS: Readonly<Record<PeerName, string>> = {
  keyvaluedb: "#1f6feb",
  ceiling: "#8c959f",
  etcd: "#bf8700",
};

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function toChart(report: Report): string {
  const panels = groupPanels(report.summary);
  const heights = panels.map(
    (rows) => TITLE_HEIGHT + rows.length * (BAR_HEIGHT + BAR_GAP) + PANEL_GAP,
  );
  const height = HEADER_HEIGHT + heights.reduce((sum, one) => sum + one, 0) + MARGIN;
  let top = HEADER_HEIGHT;
  const bodies = panels.map((rows, index) => {
    const body = toPanel(rows, top);
    top += heights[index] ?? 0;
    return body;
  });
  const subtitle = `${report.machine.cpu}, ${String(report.machine.cpuCount)} processors; Node.js ${report.machine.node}; median of ${String(report.settings.rounds)} rounds, with the least and the greatest`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>Unary calls a second</title>`,
    `<rect width="${String(WIDTH)}" height="${String(height)}" fill="#ffffff"/>`,
    text({
      x: MARGIN,
      y: 28,
      content: "Unary calls a second",
      style: 'font-size="18" font-weight="600"',
    }),
    text({ x: MARGIN, y: 48, content: subtitle, style: 'fill="#57606a"' }),
    ...bodies,
    "</svg>",
    "",
  ].join("\n");
}

function groupPanels(summary: readonly SummaryRow[]): readonly (readonly SummaryRow[])[] {
  const panels = new Map<string, SummaryRow[]>();
  for (const row of summary) {
    const title = panelTitle(row);
    panels.set(title, [...(panels.get(title) ?? []), row]);
  }
  return [...panels.values()];
}

function panelTitle(row: SummaryRow): string {
  return `${row.work}, ${shapeName(row.shape)} (connections × streams)`;
}

function toPanel(rows: readonly SummaryRow[], top: number): string {
  const greatest = Math.max(...rows.map((row) => row.ratePerSecond.max));
  const title = rows[0] === undefined ? "" : panelTitle(rows[0]);
  const bars = rows.map((row, index) => {
    const y = top + TITLE_HEIGHT + index * (BAR_HEIGHT + BAR_GAP);
    return toBar(row, y, BAR_WIDTH / greatest);
  });
  return [
    text({ x: MARGIN, y: top + 16, content: title, style: 'font-weight="600"' }),
    ...bars,
  ].join("\n");
}

function toBar(row: SummaryRow, y: number, pixelsPerCall: number): string {
  const { median, min, max } = row.ratePerSecond;
  const left = MARGIN + NAME_WIDTH;
  const at = (value: number): string => (left + value * pixelsPerCall).toFixed(1);
  const middle = String(y + BAR_HEIGHT / 2);
  const baseline = y + BAR_HEIGHT - 4;
  const ratio = row.rateToEtcd === undefined ? "" : `, ${row.rateToEtcd.median.toFixed(2)} of etcd`;
  return [
    text({ x: MARGIN, y: baseline, content: row.peer, style: "" }),
    `<rect x="${String(left)}" y="${String(y)}" width="${(median * pixelsPerCall).toFixed(1)}" height="${String(BAR_HEIGHT)}" fill="${COLOURS[row.peer]}"/>`,
    `<line x1="${at(min)}" x2="${at(max)}" y1="${middle}" y2="${middle}" stroke="#24292f" stroke-width="2"/>`,
    text({
      x: left + BAR_WIDTH + 12,
      y: baseline,
      content: `${whole.format(median)}/s${ratio}`,
      style: "",
    }),
  ].join("\n");
}

interface Text {
  readonly x: number;
  readonly y: number;
  readonly content: string;
  readonly style: string;
}

function text({ x, y, content, style }: Text): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${String(x)}" y="${String(y)}" ${style}>${escaped}</text>`;
}
