/**
 * How a set says by which call it was made. Its record has the key, the value and what the reply says; what it does not have,
 * how the expiration was asked for and what the precondition was, is written down with the request id. So a digest of what
 * was asked is made only of those few that are asked for again, or that are dead before their reply is forgotten.
 *
 *   byte     how the expiration was chosen
 *   8 bytes  the TTL or the deadline in milliseconds, little-endian, if one was given
 *   byte     what the precondition was, if there was one
 *   8 bytes  the revision that it named, little-endian, if it named one
 */

import { assert, readSafeUint64, revision, timeMs, writeSafeUint64 } from "../base/index.js";
import type { CalledSet, ReplyNote } from "../storage/index.js";
import { encodeReply } from "./reply-format.js";
import { requestDigest } from "./request-digest.js";
import type { Check, ExpirationChoice } from "./write-commands.js";

/** A precondition for which no value is looked at. */
export type QuickCheck = Exclude<Check, { readonly kind: "value" }>;

const CHOICES = { none: 0, ttl: 1, at: 2, keep: 3 } as const satisfies Record<
  ExpirationChoice["kind"],
  number
>;
const CHECKS = { absent: 0, exists: 1, revision: 2 } as const;
/** A time or a revision. */
const NUMBER_BYTES = 8;

/** What `asked` takes at the most. */
export const ASKED_BYTES_MAX = 2 * (1 + NUMBER_BYTES);

/** Most sets choose without a time. */
const WITHOUT_TIME = { none: Buffer.from([CHOICES.none]), keep: Buffer.from([CHOICES.keep]) };

const NOTHING: readonly never[] = [];

/** What the record of a set does not say of the request. */
export function askedOf(choice: ExpirationChoice, precondition: QuickCheck | undefined): Buffer {
  if (precondition === undefined) return chosen(choice);
  return Buffer.concat([chosen(choice), checked(precondition)]);
}

/** The note that a set would have left which was a transaction of one operation. */
export function noteOfSet({
  key,
  value,
  contentType,
  deadlineMs,
  call,
  revision: at,
}: CalledSet): ReplyNote {
  const digest = requestDigest({
    isTransaction: false,
    conditions: NOTHING,
    then: [{ kind: "set", key, value, contentType, expiration: choiceIn(call.asked) }],
    otherwise: NOTHING,
    precondition: preconditionIn(call.asked),
  });
  const results = [{ kind: "set", revision: at, deadlineMs } as const];
  const reply = encodeReply({ succeeded: true, results });
  return { requestId: call.id, digest, reply };
}

function chosen(choice: ExpirationChoice): Buffer {
  switch (choice.kind) {
    case "none":
    case "keep":
      return WITHOUT_TIME[choice.kind];
    case "ttl":
      return withNumber(CHOICES.ttl, Math.ceil(choice.ttlMs));
    case "at":
      return withNumber(CHOICES.at, choice.deadlineMs);
  }
}

function checked(check: QuickCheck): Buffer {
  if (check.kind === "revision") return withNumber(CHECKS.revision, check.revision);
  return Buffer.from([check.exists ? CHECKS.exists : CHECKS.absent]);
}

function withNumber(code: number, number: number): Buffer {
  const bytes = Buffer.allocUnsafe(1 + NUMBER_BYTES);
  bytes[0] = code;
  writeSafeUint64(bytes, number, 1);
  return bytes;
}

function choiceIn(asked: Buffer): ExpirationChoice {
  switch (asked[0]) {
    case CHOICES.none:
      return { kind: "none" };
    case CHOICES.keep:
      return { kind: "keep" };
    case CHOICES.ttl:
      return { kind: "ttl", ttlMs: numberIn(asked, 1) };
    case CHOICES.at:
      return { kind: "at", deadlineMs: timeMs(numberIn(asked, 1)) };
    default:
      throw new RangeError(`a set chose its expiration in the way ${String(asked[0])}`);
  }
}

function preconditionIn(asked: Buffer): QuickCheck | undefined {
  const hasTime = asked[0] === CHOICES.ttl || asked[0] === CHOICES.at;
  const start = hasTime ? 1 + NUMBER_BYTES : 1;
  switch (asked[start]) {
    case undefined:
      return undefined;
    case CHECKS.absent:
      return { kind: "exists", exists: false };
    case CHECKS.exists:
      return { kind: "exists", exists: true };
    case CHECKS.revision:
      return { kind: "revision", revision: revision(numberIn(asked, start + 1)) };
    default:
      throw new RangeError(`a set had a precondition of the kind ${String(asked[start])}`);
  }
}

function numberIn(asked: Buffer, offset: number): number {
  const number = readSafeUint64(asked, offset);
  assert(number !== undefined, "a time or a revision that was written down is one");
  return number;
}
