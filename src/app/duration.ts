/**
 * Durations as people write them: `30s`, `1h30m`, `500ms`, `1d`, `5 min`. Milliseconds inside; what is
 * finer is rounded up, so that nothing asked for is cut to nothing.
 */

import { parsed, problem, type Parsed } from "./parsed.js";

const UNITS: readonly (readonly [names: readonly string[], ms: number])[] = [
  [["d"], 86_400_000],
  [["h"], 3_600_000],
  [["m", "min"], 60_000],
  [["s"], 1000],
  [["ms"], 1],
];

const PART = /^(\d{1,15}(?:\.\d{1,9})?)\s*(min|ms|d|h|m|s)\s*/;

const EXPECTED = "a duration such as 30s, 1h30m, 500ms or 1d";

/** The duration in milliseconds, zero or more. A bare `0` needs no unit. Never throws. */
export function parseDurationMs(text: string): Parsed<number> {
  const whole = text.trim();
  if (whole === "0") return parsed(0);
  let rest = whole;
  let sumMs = 0;
  let unitMsBefore = Number.POSITIVE_INFINITY;
  while (rest !== "") {
    const match = PART.exec(rest);
    if (match === null) return problem(expectation(rest));
    const unitMs = msOfUnit(match[2] ?? "");
    // `5m 5m` and `1s2h` are slips of the pen; adding them up would hide it.
    if (unitMs >= unitMsBefore) return problem(`expected ${EXPECTED}, the larger unit first`);
    unitMsBefore = unitMs;
    sumMs += Number(match[1]) * unitMs;
    rest = rest.slice(match[0].length);
  }
  if (whole === "") return problem(`expected ${EXPECTED}`);
  const roundedMs = Math.ceil(roundToNanoseconds(sumMs));
  if (!Number.isSafeInteger(roundedMs)) return problem("the duration is too long to count");
  return parsed(roundedMs);
}

/** The shortest way to write a whole number of milliseconds: `90000` is `1m30s`. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return "0";
  let restMs = durationMs;
  let text = "";
  for (const [names, unitMs] of UNITS) {
    const count = Math.floor(restMs / unitMs);
    if (count === 0) continue;
    text += `${String(count)}${names[0] ?? ""}`;
    restMs -= count * unitMs;
  }
  return text;
}

function expectation(rest: string): string {
  return /^\d+(\.\d+)?$/.test(rest)
    ? `expected ${EXPECTED}, not a bare number without a unit`
    : `expected ${EXPECTED}`;
}

function msOfUnit(name: string): number {
  return UNITS.find(([names]) => names.includes(name))?.[1] ?? Number.NaN;
}

/** Takes away the noise of binary fractions, which rounding up would make a millisecond of. */
function roundToNanoseconds(ms: number): number {
  return Math.round(ms * 1e6) / 1e6;
}
