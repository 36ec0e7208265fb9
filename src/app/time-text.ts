/** Points in time as RFC 3339 writes them: `2030-01-31T12:00:00Z`, `2030-01-31T13:00:00.5+01:00`. */

import { TIME_MS_MAX, timeMs, type TimeMs } from "../base/index.js";
import { parsed, problem, type Parsed } from "./parsed.js";

const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

const EXPECTED = "expected a time such as 2030-01-31T12:00:00Z";

/** The time in milliseconds; a finer fraction is rounded up. After 1970, up to the year 9999. */
export function parseTime(text: string): Parsed<TimeMs> {
  const match = RFC_3339.exec(text.trim());
  if (match === null) return problem(EXPECTED);
  const [, date = "", time = "", fraction = "", sign = "+", hours = "0", minutes = "0"] = match;
  const secondsMs = Date.parse(`${date}T${time}Z`);
  // Date takes 31 February for a day in March; what it prints again shows that.
  if (Number.isNaN(secondsMs) || !new Date(secondsMs).toISOString().startsWith(`${date}T${time}`)) {
    return problem(`${EXPECTED}; there is no such date or time`);
  }
  if (Number(hours) > 23 || Number(minutes) > 59)
    return problem(`${EXPECTED}; the offset is wrong`);
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
  const fractionMs = Math.ceil(Number(fraction.padEnd(9, "0")) / 1e6);
  const valueMs = secondsMs - offsetMs + fractionMs;
  if (valueMs <= 0 || valueMs > TIME_MS_MAX) {
    return problem("the time must be after 1970-01-01 and before the year 10000");
  }
  return parsed(timeMs(valueMs));
}

/** The time with milliseconds, in UTC: `2030-01-31T12:00:00.000Z`. */
export function formatTime(time: TimeMs): string {
  return new Date(time).toISOString();
}
