/** Rates as an SVG: panels of bars, a bar for each server, with the spread of its rounds. */

import type { Spread } from "./statistics.js";

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

export interface Bar {
  readonly name: string;
  readonly colour: string;
  readonly ratePerSecond: Spread;
  /** Written behind the rate. */
  readonly note: string;
}

export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bars {
  readonly title: string;
  readonly subtitle: string;
  readonly panels: readonly Panel[];
}

const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function drawBars({ title, subtitle, panels }: Bars): string {
  const heights = panels.map(
    ({ bars }) => TITLE_HEIGHT + bars.length * (BAR_HEIGHT + BAR_GAP) + PANEL_GAP,
  );
  const height = HEADER_HEIGHT + heights.reduce((sum, one) => sum + one, 0) + MARGIN;
  let top = HEADER_HEIGHT;
  const bodies = panels.map((panel, index) => {
    const body = toPanel(panel, top);
    top += heights[index] ?? 0;
    return body;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(height)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${title}</title>`,
    `<rect width="${String(WIDTH)}" height="${String(height)}" fill="#ffffff"/>`,
    text({ x: MARGIN, y: 28, content: title, style: 'font-size="18" font-weight="600"' }),
    text({ x: MARGIN, y: 48, content: subtitle, style: 'fill="#57606a"' }),
    ...bodies,
    "</svg>",
    "",
  ].join("\n");
}

function toPanel({ title, bars }: Panel, top: number): string {
  const greatest = Math.max(...bars.map(({ ratePerSecond }) => ratePerSecond.max));
  const drawn = bars.map((bar, index) => {
    const y = top + TITLE_HEIGHT + index * (BAR_HEIGHT + BAR_GAP);
    return toBar(bar, y, BAR_WIDTH / greatest);
  });
  return [
    text({ x: MARGIN, y: top + 16, content: title, style: 'font-weight="600"' }),
    ...drawn,
  ].join("\n");
}

function toBar(bar: Bar, y: number, pixelsPerCall: number): string {
  const { median, min, max } = bar.ratePerSecond;
  const left = MARGIN + NAME_WIDTH;
  const at = (value: number): string => (left + value * pixelsPerCall).toFixed(1);
  const middle = String(y + BAR_HEIGHT / 2);
  const baseline = y + BAR_HEIGHT - 4;
  return [
    text({ x: MARGIN, y: baseline, content: bar.name, style: "" }),
    `<rect x="${String(left)}" y="${String(y)}" width="${(median * pixelsPerCall).toFixed(1)}" height="${String(BAR_HEIGHT)}" fill="${bar.colour}"/>`,
    `<line x1="${at(min)}" x2="${at(max)}" y1="${middle}" y2="${middle}" stroke="#24292f" stroke-width="2"/>`,
    text({
      x: left + BAR_WIDTH + 12,
      y: baseline,
      content: `${whole.format(median)}/s${bar.note}`,
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
