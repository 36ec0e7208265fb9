/**
 * Times between the wire and the store. The wire has nanoseconds, the store whole milliseconds: what comes in
 * is rounded up, so that nothing expires before the moment that was named.
 */

import type { Duration } from "../../generated/google/protobuf/duration.js";
import type { Timestamp } from "../../generated/google/protobuf/timestamp.js";
import { invalidField, TIME_MS_MAX, timeMs, type TimeMs } from "../base/index.js";

const MS_PER_SECOND = 1000;
const NANOS_PER_MS = 1_000_000;
const NANOS_PER_US = 1000;
const US_PER_MS = 1000;
const US_PER_SECOND = 1_000_000;
const NANOS_MAX = 999_999_999;

/** The bounds that google.protobuf.Timestamp documents: the years 1 to 9999. */
const TIMESTAMP_SECONDS_MIN = -62_135_596_800;
const TIMESTAMP_SECONDS_MAX = 253_402_300_799;

/** The bound that google.protobuf.Duration documents: about 10,000 years. */
const DURATION_SECONDS_MAX = 315_576_000_000;

/** A moment as milliseconds, rounded up. Throws INVALID_FIELD for what is not a Timestamp. */
export function timestampToMs(timestamp: Timestamp, field: string): TimeMs {
  const { seconds, nanos } = timestamp;
  if (seconds < TIMESTAMP_SECONDS_MIN || seconds > TIMESTAMP_SECONDS_MAX) {
    throw invalidField(field, "must lie in the years 1 to 9999");
  }
  if (nanos < 0 || nanos > NANOS_MAX) {
    throw invalidField(field, `nanos must be from 0 to ${String(NANOS_MAX)}`);
  }
  return timeMs(seconds * MS_PER_SECOND + Math.ceil(nanos / NANOS_PER_MS));
}

/** A span as milliseconds, rounded up; may be negative. Throws INVALID_FIELD for what is not a Duration. */
export function durationToMs(duration: Duration, field: string): number {
  const { seconds, nanos } = duration;
  if (Math.abs(seconds) > DURATION_SECONDS_MAX) {
    throw invalidField(field, `must be at most ${String(DURATION_SECONDS_MAX)} seconds`);
  }
  if (Math.abs(nanos) > NANOS_MAX || seconds * nanos < 0) {
    throw invalidField(field, "nanos must be less than a second and have the sign of the seconds");
  }
  return seconds * MS_PER_SECOND + Math.ceil(nanos / NANOS_PER_MS);
}

/** A TTL in milliseconds: more than nothing, and not past the last moment that the wire can say. */
export function ttlToMs(ttl: Duration, field: string): number {
  const ttlMs = durationToMs(ttl, field);
  if (ttlMs <= 0) throw invalidField(field, "must be more than zero");
  if (ttlMs > TIME_MS_MAX) throw invalidField(field, "must end before the year 10000");
  return ttlMs;
}

/** A deadline in milliseconds. The store judges whether it has passed, except before 1970, where none can lie. */
export function expireTimeToMs(expireTime: Timestamp, field: string): TimeMs {
  const deadlineMs = timestampToMs(expireTime, field);
  if (deadlineMs <= 0) throw invalidField(field, "must not have passed");
  // Rounding up may step into the year 10000, which no reply could say.
  if (deadlineMs > TIME_MS_MAX) throw invalidField(field, "must be before the year 10000");
  return deadlineMs;
}

export function toTimestamp(moment: TimeMs): Timestamp {
  const seconds = Math.floor(moment / MS_PER_SECOND);
  return { seconds, nanos: (moment - seconds * MS_PER_SECOND) * NANOS_PER_MS };
}

/** As the store writes "never": a deadline of 0 is left unset. */
export function toExpireTime(deadlineMs: TimeMs): Timestamp | undefined {
  return deadlineMs === 0 ? undefined : toTimestamp(deadlineMs);
}

/** To the microsecond; `spanMs` is zero or more. */
export function toDuration(spanMs: number): Duration {
  const seconds = Math.floor(spanMs / MS_PER_SECOND);
  const us = Math.round((spanMs - seconds * MS_PER_SECOND) * US_PER_MS);
  if (us === US_PER_SECOND) return { seconds: seconds + 1, nanos: 0 };
  return { seconds, nanos: us * NANOS_PER_US };
}

/** A span that was measured, in milliseconds with fractions. */
export function toMeasuredMs(measured: Duration | undefined): number {
  if (measured === undefined) return 0;
  return measured.seconds * MS_PER_SECOND + measured.nanos / NANOS_PER_MS;
}
