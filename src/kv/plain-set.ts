/**
 * The set that there is most of: it answers no previous entry, and is judged by its key's entry alone, by the deadline and by a
 * precondition on presence or revision. With a request id that was not seen before it is that, too, and names it in its
 * record, for a call that is made again.
 */

import { NO_REVISION, type Revision, type TimeMs } from "../base/index.js";
import type { Change, StorageEngine } from "../storage/index.js";
import { preconditionError } from "./checks.js";
import {
  checkKey,
  checkPrecondition,
  checkValue,
  deadlineOf,
  requestIdOf,
} from "./command-checks.js";
import type { LocalParts } from "./local-parts.js";
import { askedOf, type QuickCheck } from "./set-call.js";
import type { CallContext } from "./store.js";
import type { SetCommand } from "./write-commands.js";

export interface PlainSet extends SetCommand {
  readonly precondition?: QuickCheck;
  readonly returnPrevious?: false;
}

export function isPlainSet(command: SetCommand): command is PlainSet {
  return command.precondition?.kind !== "value" && command.returnPrevious !== true;
}

interface CommittedSet {
  readonly kind: "committed";
  readonly revision: Revision;
  readonly deadlineMs: TimeMs;
  /** Resolves when it is on stable storage. */
  readonly durable: Promise<void>;
}

type Attempt =
  | CommittedSet
  /** Something must be waited for, then it is to be tried again. */
  | { readonly kind: "wait"; readonly until: Promise<void> }
  /** For what there is at this revision: its precondition does not hold, or it does and the expiration cannot be. */
  | { readonly kind: "refused"; readonly error: unknown; readonly revision: Revision }
  /** A call with its request id was made before, or is under way. */
  | typeof MADE_BEFORE;

const MADE_BEFORE = { kind: "made before" } as const;

type Entry = NonNullable<ReturnType<StorageEngine["lookup"]>>;

type SetChange = Extract<Change, { readonly kind: "set" }>;

/** Checks and commits in one synchronous step. */
export function attemptSet(parts: LocalParts, command: PlainSet, context: CallContext): Attempt {
  const { engine, logical, limits, expirer, newestValues } = parts;
  checkKey(command.key, limits);
  checkValue(command, limits);
  checkPrecondition(command, limits);
  const requestId = requestIdOf(command);
  if (requestId !== undefined && parts.idempotency.isKnown(requestId)) return MADE_BEFORE;
  const { key, value, contentType, precondition, expiration } = command;
  const nowMs = logical.now();
  const entry = engine.lookup(key);
  if (entry !== undefined && expirer.isDue(entry, nowMs)) return wait(expirer.expire([key]));
  const judged = judge(command, entry, nowMs);
  if (typeof judged !== "number") {
    // What a precondition was held against must be durable before anything is told of it.
    if (precondition === undefined) throw judged.error;
    return { kind: "refused", error: judged.error, revision: engine.appliedRevision };
  }
  const deadlineMs = judged;
  const preparing = engine.prepare(value);
  if (preparing !== undefined) return wait(preparing);
  const call =
    requestId === undefined
      ? undefined
      : { id: requestId, asked: askedOf(expiration, precondition) };
  const callBytes = call === undefined ? 0 : call.id.length + call.asked.length;
  const bytes = key.length + value.length + contentType.length + callBytes;
  const room = engine.admit(bytes, "write");
  if (room !== undefined) return wait(room);
  if (entry === undefined) engine.admitKey(key);
  context.throwIfAbandoned();
  const applied = engine.commit([changeOf(command, deadlineMs, call)], nowMs);
  newestValues.note(key, { revision: applied.revision, value, contentType, updateTimeMs: nowMs });
  expirer.wake(deadlineMs);
  return { kind: "committed", revision: applied.revision, deadlineMs, durable: applied.durable };
}

/** When the key will expire, or why it cannot be set as it is. */
function judge(
  { key, precondition, expiration }: PlainSet,
  entry: Entry | undefined,
  nowMs: TimeMs,
): TimeMs | { readonly error: unknown } {
  if (precondition !== undefined) {
    const isThere = entry !== undefined;
    const checked = { key, isThere, revision: entry?.revision ?? NO_REVISION, value: undefined };
    const error = preconditionError(precondition, checked);
    if (error !== undefined) return { error };
  }
  try {
    return deadlineOf(expiration, entry, nowMs);
  } catch (error) {
    return { error };
  }
}

function wait(until: Promise<void>): Attempt {
  return { kind: "wait", until };
}

/** A set that is a transaction by itself. Written out, since a spread costs what the commit path has no time for. */
function changeOf(
  { key, value, contentType }: SetCommand,
  deadlineMs: TimeMs,
  call: SetChange["call"],
): Change {
  return { kind: "set", key, value, contentType, deadlineMs, setCount: 1, isAnew: false, call };
}
