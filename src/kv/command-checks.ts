/** What a command may ask for: keys, values and deadlines within their bounds. */

import {
  CONTENT_TYPE_BYTES_MAX,
  invalidField,
  NO_DEADLINE,
  TIME_MS_MAX,
  timeMs,
  type Limits,
  type TimeMs,
} from "../base/index.js";
import type { ExpirationChoice, SetCommand } from "./store.js";

/** What an entry has that a choice of expiration may keep. */
interface Deadlined {
  readonly deadlineMs: TimeMs;
}

/** Throws INVALID_FIELD for a key that is empty or too long. */
export function checkKey(key: Buffer, { keyBytesMax }: Limits): void {
  if (key.length === 0) throw invalidField("key", "must not be empty");
  if (key.length <= keyBytesMax) return;
  throw invalidField("key", `has ${String(key.length)} bytes, more than ${String(keyBytesMax)}`);
}

/** Throws INVALID_FIELD for a value or a content type that is too long. */
export function checkValue({ value, contentType }: SetCommand, { valueBytesMax }: Limits): void {
  if (value.length > valueBytesMax) {
    throw invalidField(
      "value",
      `has ${String(value.length)} bytes, more than ${String(valueBytesMax)}`,
    );
  }
  const contentTypeBytes = Buffer.byteLength(contentType);
  if (contentTypeBytes <= CONTENT_TYPE_BYTES_MAX) return;
  throw invalidField(
    "content_type",
    `has ${String(contentTypeBytes)} bytes, more than ${String(CONTENT_TYPE_BYTES_MAX)}`,
  );
}

/** When the key will expire. Throws INVALID_FIELD for a time that has passed or that nobody can write. */
export function deadlineOf(
  choice: ExpirationChoice,
  entry: Deadlined | undefined,
  nowMs: TimeMs,
): TimeMs {
  switch (choice.kind) {
    case "none":
      return NO_DEADLINE;
    case "keep":
      return entry?.deadlineMs ?? NO_DEADLINE;
    case "ttl":
      if (choice.ttlMs <= 0) throw invalidField("ttl", "must be more than zero");
      if (choice.ttlMs > TIME_MS_MAX - nowMs) throw invalidField("ttl", "ends after the year 9999");
      return timeMs(nowMs + Math.ceil(choice.ttlMs));
    case "at":
      if (choice.deadlineMs <= nowMs) throw invalidField("expire_time", "has passed already");
      if (choice.deadlineMs > TIME_MS_MAX)
        throw invalidField("expire_time", "is after the year 9999");
      return choice.deadlineMs;
  }
}
