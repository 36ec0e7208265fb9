/**
 * Writes down what callers ask of a server and hear, key by key, through as many lives of the server as there are.
 * After each life the history since the last is checked, and the states in which it may have left each key are where
 * the next life begins. A call that got no answer has no effect any more once the server is gone.
 */

import { isKvError, type ErrorCode } from "../../src/base/index.js";
import { checkHistory, type Verdict } from "../linearizability/checker.js";
import {
  ABSENT_AT_FIRST,
  keyModel,
  type KeyAnswer,
  type KeyAsk,
  type KeyCall,
  type KeyState,
} from "../linearizability/key-model.js";
import { RevisionCheck } from "../linearizability/revisions.js";

/** The clocks of server and callers are those of one machine; the store's is pulled gently to the wall clock. */
const SLACK_MS = 50;

/** Refusals that come before anything is applied. */
const WITHOUT_EFFECT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "DRAINING",
  "NO_SPACE",
  "OVERLOADED",
  "QUOTA",
  "STARTING",
]);

/** After these a write may have been applied. */
const UNKNOWN: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CANCELLED",
  "DEADLINE_EXCEEDED",
  "STORAGE_FAILED",
  "UNREACHABLE",
]);

const SHOWN_MAX = 20;

export interface Figures {
  readonly callCount: number;
  readonly unknownCount: number;
  readonly refusedCount: number;
  readonly checkMs: number;
}

export class Recorder {
  readonly #model = keyModel(SLACK_MS);
  readonly #revisions = new RevisionCheck();
  readonly #states = new Map<string, readonly KeyState[]>();
  #calls = new Map<string, KeyCall[]>();
  readonly #changesAfterFailure: KeyCall[] = [];
  #isStorageFailed = false;
  #callCount = 0;
  #unknownCount = 0;
  #refusedCount = 0;
  #checkMs = 0;

  /** Calls that were answered. */
  get callCount(): number {
    return this.#callCount;
  }

  get figures(): Figures {
    return {
      callCount: this.#callCount,
      unknownCount: this.#unknownCount,
      refusedCount: this.#refusedCount,
      checkMs: Math.round(this.#checkMs),
    };
  }

  /** What was acknowledged though it was asked for after a caller was told that storage had failed. */
  get changesAfterFailure(): readonly KeyCall[] {
    return this.#changesAfterFailure;
  }

  /** Makes the call and remembers it. Throws what the call throws. */
  async record(key: string, ask: KeyAsk, call: () => Promise<KeyAnswer>): Promise<KeyAnswer> {
    const invokedAt = nowMs();
    try {
      const isTooLate = this.#isStorageFailed;
      const answer = await call();
      const done = { ask, answer, invokedAt, endedAt: nowMs() };
      if (isTooLate && answer.kind === "changed") this.#changesAfterFailure.push(done);
      this.#note(key, done);
      this.#callCount += 1;
      return answer;
    } catch (error) {
      if (isKvError(error, "STORAGE_FAILED")) this.#isStorageFailed = true;
      if (isKvError(error) && WITHOUT_EFFECT.has(error.code)) {
        this.#refusedCount += 1;
      } else if (isKvError(error) && UNKNOWN.has(error.code)) {
        this.#unknownCount += 1;
        if (ask.kind !== "get")
          this.#note(key, { ask, answer: undefined, invokedAt, endedAt: Infinity });
      } else {
        throw new Error(`a call failed as none should: ${JSON.stringify({ key, ask })}`, {
          cause: error,
        });
      }
      throw error;
    }
  }

  /** To be called when the server is gone and every call has ended. Throws what is wrong with this life. */
  endLife(): void {
    const startMs = nowMs();
    this.#isStorageFailed = false;
    const calls = this.#calls;
    this.#calls = new Map();
    const all: KeyCall[] = [];
    for (const [key, open] of calls) {
      const ended = open.map((call) => ({ ...call, endedAt: Math.min(call.endedAt, startMs) }));
      all.push(...ended);
      this.#checkKey(key, ended);
    }
    const faults = this.#revisions.faultsIn(all);
    if (faults.length > 0) throw new Error(faults.slice(0, SHOWN_MAX).join("\n"));
    this.#checkMs += nowMs() - startMs;
  }

  #checkKey(key: string, calls: readonly KeyCall[]): void {
    const starts = this.#states.get(key) ?? [ABSENT_AT_FIRST];
    const verdict = checkHistory(this.#model, { starts, calls });
    if (verdict.kind !== "linearizable") throw new Error(explain(key, starts, verdict, calls));
    this.#states.set(key, verdict.ends);
  }

  #note(key: string, call: KeyCall): void {
    const calls = this.#calls.get(key);
    if (calls === undefined) this.#calls.set(key, [call]);
    else calls.push(call);
  }
}

/** Milliseconds since 1970 that never go back. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function explain(
  key: string,
  starts: readonly KeyState[],
  verdict: Verdict<KeyState, KeyAsk, KeyAnswer>,
  calls: readonly KeyCall[],
): string {
  if (verdict.kind !== "wrong") return `${key}: no verdict on ${String(calls.length)} calls`;
  const { doneCount, state, next } = verdict.stuck;
  const lines = calls
    .toSorted((one, other) => one.invokedAt - other.invokedAt)
    .slice(Math.max(0, doneCount - SHOWN_MAX), doneCount + SHOWN_MAX);
  return [
    `${key}: ${String(calls.length)} calls are not linearizable. ${String(doneCount)} of them are explained, and leave`,
    `  ${JSON.stringify(state)}`,
    "of which none of these can be next:",
    ...next.map((call) => `  ${JSON.stringify(call)}`),
    "The states at first, and the calls around, in the order of their invocation:",
    ...[...starts, ...lines].map((each) => `  ${JSON.stringify(each)}`),
  ].join("\n");
}
