/**
 * What one key of the store means to a caller: sets, gets, deletes, touches, and a deadline at which the key goes by
 * itself. The store's time and the callers' come from the clocks of one machine, so a deadline is a moment with some
 * slack around it; before, the key is there, and after, never again.
 */

import type { ExpirationChoice } from "../../src/kv/index.js";
import type { Call, Model } from "./checker.js";

export type KeyAsk =
  | { readonly kind: "get" }
  | { readonly kind: "delete" }
  | { readonly kind: "set"; readonly value: string; readonly expiration: ExpirationChoice }
  | { readonly kind: "touch"; readonly expiration: ExpirationChoice };

/** Of an entry, what a caller is told and can compare. The deadline is 0 where there is none. */
export interface SeenEntry {
  readonly value: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly version: number;
  readonly deadlineMs: number;
}

export type KeyAnswer =
  | { readonly kind: "got"; readonly revision: number; readonly entry: SeenEntry | undefined }
  | { readonly kind: "changed"; readonly revision: number; readonly deadlineMs: number }
  /** A delete or a touch that met no key. */
  | { readonly kind: "absent"; readonly revision: number };

export type KeyCall = Call<KeyAsk, KeyAnswer>;

export interface KeyState {
  /** The newest revision of this key that is known; each later change has a higher one. */
  readonly floor: number;
  readonly entry: KnownEntry | undefined;
}

/** What is undefined is not known, because the call that made it so had no answer. */
interface KnownEntry {
  readonly value: string;
  readonly version: number;
  readonly revision: number | undefined;
  readonly createRevision: number | undefined;
  readonly deadline: Span;
}

/** The moments of which one is the deadline. */
interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const NEVER: Span = { fromMs: Infinity, toMs: Infinity };

export const ABSENT_AT_FIRST: KeyState = { floor: 0, entry: undefined };

/** The clocks of store and callers may differ by so much, either way. */
export function keyModel(slackMs: number): Model<KeyState, KeyAsk, KeyAnswer> {
  return {
    next: (state, call) => {
      const nexts: KeyState[] = [];
      for (const entry of possibleEntries(state.entry, call, slackMs)) {
        const next = effectOf({ floor: state.floor, entry }, call, slackMs);
        if (next !== undefined) nexts.push(next);
      }
      return nexts;
    },
    nameOf: ({ floor, entry }) => {
      if (entry === undefined) return `${String(floor)} absent`;
      const { value, version, revision, createRevision, deadline } = entry;
      return [floor, version, revision, createRevision, deadline.fromMs, deadline.toMs, value].join(
        " ",
      );
    },
  };
}

/** The key as the call may meet it: one that spans the deadline may meet it or not. */
function possibleEntries(
  entry: KnownEntry | undefined,
  { invokedAt, endedAt }: KeyCall,
  slackMs: number,
): (KnownEntry | undefined)[] {
  if (entry === undefined) return [undefined];
  const possible: (KnownEntry | undefined)[] = [];
  if (invokedAt - slackMs < entry.deadline.toMs) possible.push(entry);
  if (endedAt + slackMs >= entry.deadline.fromMs) possible.push(undefined);
  return possible;
}

/** The state after the call, or undefined where its answer is wrong. */
function effectOf(state: KeyState, call: KeyCall, slackMs: number): KeyState | undefined {
  const { ask, answer } = call;
  if (answer !== undefined && !isInOrder(state, answer)) return undefined;
  if (ask.kind === "get") return answer === undefined ? state : afterGet(state, answer);
  if (ask.kind !== "set" && state.entry === undefined) {
    return answer === undefined || answer.kind === "absent" ? state : undefined;
  }
  if (answer !== undefined && answer.kind !== "changed") return undefined;
  const floor = answer?.revision ?? state.floor;
  const revision = answer?.revision;
  if (ask.kind === "delete") return { floor, entry: undefined };
  const deadline = deadlineAfter(state.entry, call, ask.expiration, slackMs);
  if (deadline === undefined) return undefined;
  if (ask.kind === "touch" && state.entry !== undefined) {
    return { floor, entry: { ...state.entry, revision, deadline } };
  }
  const { version = 0, createRevision } = state.entry ?? { createRevision: revision };
  const value = ask.kind === "set" ? ask.value : "";
  return { floor, entry: { value, version: version + 1, revision, createRevision, deadline } };
}

/** A change has a revision of its own; what only looks stands for all changes of the key before it. */
function isInOrder({ floor }: KeyState, answer: KeyAnswer): boolean {
  return answer.kind === "changed" ? answer.revision > floor : answer.revision >= floor;
}

function afterGet(state: KeyState, answer: KeyAnswer): KeyState | undefined {
  if (answer.kind !== "got") return undefined;
  const { entry: known } = state;
  const { entry: seen } = answer;
  if (known === undefined || seen === undefined) return known === seen ? state : undefined;
  const { value, version, revision, createRevision, deadlineMs } = seen;
  const isSame =
    value === known.value &&
    version === known.version &&
    revision <= answer.revision &&
    createRevision <= revision &&
    (known.revision === undefined ? revision > state.floor : revision === known.revision) &&
    (known.createRevision === undefined || createRevision === known.createRevision);
  const deadline = spanOf(deadlineMs);
  if (!isSame || !isWithin(deadline, known.deadline)) return undefined;
  return { floor: revision, entry: { value, version, revision, createRevision, deadline } };
}

/** Undefined: the answer names a deadline that was not asked for. */
function deadlineAfter(
  entry: KnownEntry | undefined,
  { invokedAt, endedAt, answer }: KeyCall,
  choice: ExpirationChoice,
  slackMs: number,
): Span | undefined {
  const asked = askedDeadline();
  if (answer?.kind !== "changed") return asked;
  const told = spanOf(answer.deadlineMs);
  return isWithin(told, asked) ? told : undefined;

  function askedDeadline(): Span {
    switch (choice.kind) {
      case "none":
        return NEVER;
      case "keep":
        return entry?.deadline ?? NEVER;
      case "at":
        return spanOf(choice.deadlineMs);
      case "ttl": {
        const { ttlMs } = choice;
        return { fromMs: invokedAt + ttlMs - slackMs, toMs: endedAt + ttlMs + slackMs };
      }
    }
  }
}

function spanOf(deadlineMs: number): Span {
  return deadlineMs === 0 ? NEVER : { fromMs: deadlineMs, toMs: deadlineMs };
}

function isWithin(inner: Span, outer: Span): boolean {
  return outer.fromMs <= inner.fromMs && inner.toMs <= outer.toMs;
}
