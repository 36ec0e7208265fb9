/**
 * How a set says by which call it was made. Its record has the key, the value and what the reply says; what it does not have,
 * how the expiration was asked for, is written down with the request id. So a digest of what was asked is made only of those
 * few that are asked for again, or that are dead before their reply is forgotten.
 *
 *   byte     how the expiration was chosen
 *   8 bytes  the TTL or the deadline in milliseconds, little-endian, if one was given
 */

import { assert, readSafeUint64, timeMs, writeSafeUint64 } from "../base/index.js";
import type { CalledSet, ReplyNote } from "../storage/index.js";
import { encodeReply } from "./reply-format.js";
import { requestDigest } from "./request-digest.js";
import type { ExpirationChoice } from "./write-commands.js";

const CHOICES = { none: 0, ttl: 1, at: 2, keep: 3 } as const satisfies Record<
  ExpirationChoice["kind"],
  number
>;
const TIME_BYTES = 8;

/** What `asked` takes at the most. */
export const ASKED_BYTES_MAX = 1 + TIME_BYTES;

/** Most sets choose without a time. */
const WITHOUT_TIME = { none: Buffer.from([CHOICES.none]), keep: Buffer.from([CHOICES.keep]) };

const NOTHING: readonly never[] = [];

/** What the record of a set does not say of the request. */
export function askedOf(choice: ExpirationChoice): Buffer {
  switch (choice.kind) {
    case "none":
    case "keep":
      return WITHOUT_TIME[choice.kind];
    case "ttl":
      return withTime(CHOICES.ttl, Math.ceil(choice.ttlMs));
    case "at":
      return withTime(CHOICES.at, choice.deadlineMs);
  }
}

/** The note that a set would have left which was a transaction of one operation. */
export function noteOfSet({
  key,
  value,
  contentType,
  deadlineMs,
  call,
  revision,
}: CalledSet): ReplyNote {
  const digest = requestDigest({
    isTransaction: false,
    conditions: NOTHING,
    then: [{ kind: "set", key, value, contentType, expiration: choiceIn(call.asked) }],
    otherwise: NOTHING,
    precondition: undefined,
  });
  const reply = encodeReply({ succeeded: true, results: [{ kind: "set", revision, deadlineMs }] });
  return { requestId: call.id, digest, reply };
}

function withTime(choice: number, time: number): Buffer {
  const bytes = Buffer.allocUnsafe(ASKED_BYTES_MAX);
  bytes[0] = choice;
  writeSafeUint64(bytes, time, 1);
  return bytes;
}

function choiceIn(asked: Buffer): ExpirationChoice {
  switch (asked[0]) {
    case CHOICES.none:
      return { kind: "none" };
    case CHOICES.keep:
      return { kind: "keep" };
    case CHOICES.ttl:
      return { kind: "ttl", ttlMs: timeIn(asked) };
    case CHOICES.at:
      return { kind: "at", deadlineMs: timeMs(timeIn(asked)) };
    default:
      throw new RangeError(`a set chose its expiration in the way ${String(asked[0])}`);
  }
}

function timeIn(asked: Buffer): number {
  const time = readSafeUint64(asked, 1);
  assert(time !== undefined, "a choice that was written down has its time");
  return time;
}
