/** The set that there is most of: without a condition, a previous entry or a request id, judged by its key's deadline alone. */

import type { Revision, TimeMs } from "../base/index.js";
import type { Change } from "../storage/index.js";
import { checkKey, checkValue, deadlineOf } from "./command-checks.js";
import type { LocalParts } from "./local-parts.js";
import type { CallContext } from "./store.js";
import type { SetCommand } from "./write-commands.js";

export function isPlainSet({ precondition, returnPrevious, requestId }: SetCommand): boolean {
  return precondition === undefined && returnPrevious !== true && requestId === undefined;
}

interface CommittedSet {
  readonly revision: Revision;
  readonly deadlineMs: TimeMs;
  /** Resolves when it is on stable storage. */
  readonly durable: Promise<void>;
}

/** Checks and commits in one synchronous step. A promise: something must be waited for, then it is to be tried again. */
export function attemptSet(
  parts: LocalParts,
  command: SetCommand,
  context: CallContext,
): CommittedSet | Promise<void> {
  const { engine, logical, limits, expirer, newestValues } = parts;
  checkKey(command.key, limits);
  checkValue(command, limits);
  const { key, value, contentType } = command;
  const bytes = key.length + value.length + contentType.length;
  const nowMs = logical.now();
  const entry = engine.lookup(key);
  if (entry !== undefined && expirer.isDue(entry, nowMs)) return expirer.expire([key]);
  const deadlineMs = deadlineOf(command.expiration, entry, nowMs);
  const room = engine.prepare(value) ?? engine.admit(bytes, "write");
  if (room !== undefined) return room;
  if (entry === undefined) engine.admitKey(key);
  context.throwIfAbandoned();
  const { revision, durable } = engine.commit([setOf(command, deadlineMs)], nowMs);
  newestValues.note(key, { revision, value, contentType, updateTimeMs: nowMs });
  expirer.wake(deadlineMs);
  return { revision, deadlineMs, durable };
}

/** A set that is a transaction by itself. Written out, since a spread costs what the commit path has no time for. */
function setOf({ key, value, contentType }: SetCommand, deadlineMs: TimeMs): Change {
  return { kind: "set", key, value, contentType, deadlineMs, setCount: 1, isAnew: false };
}
