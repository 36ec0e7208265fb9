/** The checker agrees with one that tries everything, in the models of a register and of a key, and knows its bound. */

import { expect } from "chai";
import fc from "fast-check";

import { endsByBruteForce } from "./brute-force.js";
import { checkHistory, type Call, type History, type Model } from "./checker.js";
import {
  ABSENT_AT_FIRST,
  keyModel,
  type KeyAnswer,
  type KeyAsk,
  type KeyCall,
  type KeyState,
} from "./key-model.js";
import { REGISTER, effectOf, type RegisterAsk, type RegisterCall } from "./register.js";

const RUNS = 1000;
const CALLS_MAX = 6;

const value = fc.integer({ min: 0, max: 2 });
const registerAsk: fc.Arbitrary<RegisterAsk> = fc.oneof(
  fc.constant({ kind: "read" } as const),
  fc.record({ kind: fc.constant("write" as const), value }),
  fc.record({ kind: fc.constant("compare-and-set" as const), expected: value, value }),
);

/** Moments are few, so that calls overlap, follow and touch one another. */
const times = fc.tuple(fc.nat(8), fc.nat(6)).map(([at, length]) => ({
  invokedAt: at,
  endedAt: at + length,
}));

/** When each call is invoked, ends, and takes effect; how it is spoilt, if it is. */
const plan = fc.record({
  times,
  effect: fc.nat(6),
  fate: fc.constantFrom("answered", "answered", "answered", "unknown", "lost", "wrong"),
});
type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never;

interface Planned<Ask> extends Plan {
  readonly ask: Ask;
}

/** In the order in which they take effect. Lost calls have none, and no answer. */
function inOrder<Ask>(plans: readonly Planned<Ask>[]): readonly Planned<Ask>[] {
  const effectAt = ({ times: { invokedAt, endedAt }, effect }: Planned<Ask>): number =>
    Math.min(invokedAt + effect, endedAt);
  return plans.toSorted((one, other) => effectAt(one) - effectAt(other));
}

function registerHistory(plans: readonly Planned<RegisterAsk>[]): RegisterCall[] {
  let state = 0;
  return inOrder(plans).map(({ ask, fate, times: when }) => {
    if (fate === "lost") return { ask, answer: undefined, ...when };
    const [right, after] = effectOf(state, ask);
    state = after;
    if (fate === "unknown") return { ask, answer: undefined, ...when };
    const answer =
      fate === "answered" || right === "done"
        ? right
        : typeof right === "boolean"
          ? !right
          : right + 1;
    return { ask, answer, ...when };
  });
}

const SLACK_MS = 1;
const KEY = keyModel(SLACK_MS);

const keyExpiration = fc.oneof(
  fc.constant({ kind: "none" } as const),
  fc.constant({ kind: "keep" } as const),
  fc.record({ kind: fc.constant("ttl" as const), ttlMs: fc.integer({ min: 1, max: 6 }) }),
);
const keyAsk: fc.Arbitrary<KeyAsk> = fc.oneof(
  fc.constant({ kind: "get" } as const),
  fc.constant({ kind: "delete" } as const),
  fc.record({
    kind: fc.constant("set" as const),
    value: fc.constantFrom("a", "b"),
    expiration: keyExpiration,
  }),
  fc.record({ kind: fc.constant("touch" as const), expiration: keyExpiration }),
);

/** A store of one key that answers as the real one does, at moments that the plans name. */
function keyHistory(plans: readonly Planned<KeyAsk>[]): KeyCall[] {
  let revision = 0;
  let entry: Extract<KeyAnswer, { kind: "got" }>["entry"];
  return inOrder(plans).map(({ ask, fate, effect, times: when }) => {
    if (fate === "lost") return { ask, answer: undefined, ...when };
    const nowMs = Math.min(when.invokedAt + effect, when.endedAt);
    if (entry !== undefined && entry.deadlineMs !== 0 && entry.deadlineMs <= nowMs) {
      entry = undefined;
      revision += 1;
    }
    const answer = answerOf(ask, nowMs);
    if (fate === "unknown") return { ask, answer: undefined, ...when };
    return { ask, answer: fate === "wrong" ? spoilt(answer) : answer, ...when };
  });

  function answerOf(ask: KeyAsk, nowMs: number): KeyAnswer {
    if (ask.kind === "get") return { kind: "got", revision, entry };
    if (ask.kind !== "set" && entry === undefined) return { kind: "absent", revision };
    revision += 1;
    if (ask.kind === "delete") {
      entry = undefined;
      return { kind: "changed", revision, deadlineMs: 0 };
    }
    const { expiration } = ask;
    const kept = expiration.kind === "keep" ? (entry?.deadlineMs ?? 0) : 0;
    const deadlineMs = expiration.kind === "ttl" ? nowMs + expiration.ttlMs : kept;
    const { version, createRevision } = entry ?? { version: 0, createRevision: revision };
    entry =
      ask.kind === "set"
        ? { value: ask.value, revision, createRevision, version: version + 1, deadlineMs }
        : entry && { ...entry, revision, deadlineMs };
    return { kind: "changed", revision, deadlineMs };
  }
}

function spoilt(answer: KeyAnswer): KeyAnswer {
  if (answer.kind === "got" && answer.entry !== undefined) return { ...answer, entry: undefined };
  return { ...answer, revision: answer.revision + 1 };
}

function expectAgreement<State, Ask, Answer>(
  model: Model<State, Ask, Answer>,
  history: History<State, Ask, Answer>,
): void {
  const verdict = checkHistory(model, history);
  const ends = endsByBruteForce(model, history);
  const found = verdict.kind === "linearizable" ? verdict.ends.map(model.nameOf) : [];
  expect(new Set(found)).to.deep.equal(ends);
  expect(verdict.kind).to.equal(ends.size > 0 ? "linearizable" : "wrong");
}

function plansOf<Ask>(ask: fc.Arbitrary<Ask>): fc.Arbitrary<Planned<Ask>[]> {
  const planned = fc.tuple(ask, plan).map(([each, rest]) => ({ ask: each, ...rest }));
  return fc.array(planned, { maxLength: CALLS_MAX });
}

const isSpoilt = ({ fate }: Plan): boolean => fate === "wrong";

describe("the linearizability checker", () => {
  it("agrees with brute force about a register", () => {
    fc.assert(
      fc.property(plansOf(registerAsk), (plans) => {
        expectAgreement(REGISTER, { starts: [0], calls: registerHistory(plans) });
      }),
      { numRuns: RUNS },
    );
  });

  it("agrees with brute force about a key", () => {
    fc.assert(
      fc.property(plansOf(keyAsk), (plans) => {
        expectAgreement(KEY, { starts: [ABSENT_AT_FIRST], calls: keyHistory(plans) });
      }),
      { numRuns: RUNS },
    );
  });

  it("accepts whatever one store after the other would have said, and its state in the end", () => {
    const rightful = plansOf(keyAsk).filter((plans) => !plans.some(isSpoilt));
    fc.assert(
      fc.property(rightful, (plans) => {
        const calls = keyHistory(plans);
        expect(checkHistory(KEY, { starts: [ABSENT_AT_FIRST], calls }).kind).to.equal(
          "linearizable",
        );
      }),
      { numRuns: RUNS },
    );
  });

  it("finds the same in two parts as in one, where nothing spans the cut", () => {
    fc.assert(
      fc.property(plansOf(registerAsk), fc.nat(14), (plans, cut) => {
        const calls = registerHistory(plans).filter(
          ({ invokedAt, endedAt }) => endedAt < cut || invokedAt >= cut,
        );
        const first = checkHistory(REGISTER, {
          starts: [0],
          calls: calls.filter(({ endedAt }) => endedAt < cut),
        });
        const starts = first.kind === "linearizable" ? first.ends : [];
        const second = calls.filter(({ invokedAt }) => invokedAt >= cut);
        const verdict =
          starts.length > 0 ? checkHistory(REGISTER, { starts, calls: second }) : first;
        expect(verdict.kind).to.equal(checkHistory(REGISTER, { starts: [0], calls }).kind);
      }),
      { numRuns: RUNS },
    );
  });

  it("checks a long history of many callers soon, with calls that nobody knows the end of", () => {
    const callers = 6;
    const calls: RegisterCall[] = [];
    for (let round = 0; round < 500; round += 1) {
      for (let caller = 0; caller < callers; caller += 1) {
        const at = { invokedAt: round * 10, endedAt: round * 10 + 5 };
        const isLast = caller === callers - 1;
        calls.push({
          ask: { kind: "write", value: round },
          answer: round % 50 ? "done" : undefined,
          ...at,
        });
        if (isLast)
          calls.push({
            ask: { kind: "read" },
            answer: round,
            invokedAt: round * 10 + 6,
            endedAt: round * 10 + 7,
          });
      }
    }
    const verdict = checkHistory(REGISTER, { starts: [-1], calls });
    expect(verdict).to.deep.equal({ kind: "linearizable", ends: [499] });
  });

  it("says that it is undecided rather than search for ever", () => {
    const calls: Call<RegisterAsk, never>[] = Array.from({ length: 40 }, (_, value) => ({
      ask: { kind: "write", value },
      answer: undefined,
      invokedAt: 0,
      endedAt: 1,
    }));
    expect(checkHistory(REGISTER, { starts: [0], calls }, 10_000).kind).to.equal("undecided");
  });
});

/** Calls one after the other, ten moments apart, unless they name their own. */
function keyCalls(
  ...calls: readonly (Pick<KeyCall, "ask" | "answer"> & Partial<KeyCall>)[]
): KeyCall[] {
  return calls.map((call, index) => ({ invokedAt: index * 10, endedAt: index * 10 + 5, ...call }));
}

function verdictOn(calls: readonly KeyCall[]): string {
  return checkHistory<KeyState, KeyAsk, KeyAnswer>(KEY, { starts: [ABSENT_AT_FIRST], calls }).kind;
}

function set(
  value: string,
  revision?: number,
  ttl?: { ttlMs: number; deadlineMs: number },
): KeyCall {
  const expiration = ttl
    ? ({ kind: "ttl", ttlMs: ttl.ttlMs } as const)
    : ({ kind: "none" } as const);
  const deadlineMs = ttl?.deadlineMs ?? 0;
  const answer =
    revision === undefined ? undefined : ({ kind: "changed", revision, deadlineMs } as const);
  return { ask: { kind: "set", value, expiration }, answer, invokedAt: 0, endedAt: 0 };
}

function got(
  value: string,
  revision: number,
  more: { createRevision?: number; version?: number; deadlineMs?: number } = {},
): Pick<KeyCall, "ask" | "answer"> {
  const entry = { value, revision, createRevision: revision, version: 1, deadlineMs: 0, ...more };
  return { ask: { kind: "get" }, answer: { kind: "got", revision, entry } };
}

function gotNothing(revision: number): Pick<KeyCall, "ask" | "answer"> {
  return { ask: { kind: "get" }, answer: { kind: "got", revision, entry: undefined } };
}

function deleted(revision: number): Pick<KeyCall, "ask" | "answer"> {
  return { ask: { kind: "delete" }, answer: { kind: "changed", revision, deadlineMs: 0 } };
}

describe("the model of a key", () => {
  const at = (invokedAt: number, endedAt: number) => ({ invokedAt, endedAt });
  const first = { ...set("a", 1), ...at(0, 5) };
  const second = { ...set("b", 2), ...at(10, 15) };

  it("accepts the newest value", () => {
    const after = got("b", 2, { createRevision: 1, version: 2 });
    expect(verdictOn([first, second, { ...after, ...at(20, 25) }])).to.equal("linearizable");
  });

  it("accepts the older value of a read that overlaps the write", () => {
    expect(verdictOn([first, second, { ...got("a", 1), ...at(12, 25) }])).to.equal("linearizable");
  });

  it("rejects a stale read", () => {
    expect(verdictOn([first, second, { ...got("a", 1), ...at(20, 25) }])).to.equal("wrong");
  });

  it("rejects a lost write", () => {
    expect(verdictOn([first, { ...gotNothing(1), ...at(20, 25) }])).to.equal("wrong");
  });

  it("rejects a key that is revived after a delete", () => {
    const calls = keyCalls(first, deleted(2), gotNothing(2), got("a", 1));
    expect(verdictOn(calls)).to.equal("wrong");
  });

  it("rejects a read of what was undone: seen once, and then not", () => {
    const cut = { ...set("b"), ...at(10, 90) };
    const seen = { ...got("b", 2, { createRevision: 1, version: 2 }), ...at(20, 25) };
    const unseen = { ...got("a", 1), ...at(30, 35) };
    expect(verdictOn([first, cut, unseen, seen].map((call) => call))).to.equal("wrong");
    expect(verdictOn([first, cut, { ...got("a", 1), ...at(12, 15) }, seen])).to.equal(
      "linearizable",
    );
  });

  it("rejects a write without an answer that takes effect after its end", () => {
    const cut = { ...set("b"), ...at(10, 15) };
    const before = { ...got("a", 1), ...at(20, 25) };
    const after = { ...got("b", 2, { createRevision: 1, version: 2 }), ...at(30, 35) };
    expect(verdictOn([first, cut, before])).to.equal("linearizable");
    expect(verdictOn([first, cut, before, after])).to.equal("wrong");
  });

  it("rejects a write that was counted twice, a revision that went back and a second birth", () => {
    const next = { ...second, ...at(10, 15) };
    expect(
      verdictOn([
        first,
        next,
        { ...got("b", 2, { createRevision: 1, version: 3 }), ...at(20, 25) },
      ]),
    ).to.equal("wrong");
    expect(verdictOn([{ ...set("a", 3), ...at(0, 5) }, next])).to.equal("wrong");
    expect(verdictOn([first, next, { ...got("b", 2, { version: 2 }), ...at(20, 25) }])).to.equal(
      "wrong",
    );
  });

  it("lets a key go at its deadline: not before, and not come back", () => {
    const timed = { ...set("a", 1, { ttlMs: 100, deadlineMs: 103 }), ...at(0, 5) };
    const there = got("a", 1, { deadlineMs: 103 });
    expect(verdictOn([timed, { ...there, ...at(50, 60) }])).to.equal("linearizable");
    expect(verdictOn([timed, { ...gotNothing(1), ...at(50, 60) }])).to.equal("wrong");
    expect(verdictOn([timed, { ...gotNothing(2), ...at(110, 120) }])).to.equal("linearizable");
    expect(verdictOn([timed, { ...there, ...at(110, 120) }])).to.equal("wrong");
    const spanning = [
      { ...gotNothing(2), ...at(100, 106) },
      { ...there, ...at(107, 109) },
    ];
    expect(verdictOn([timed, ...spanning])).to.equal("wrong");
  });

  it("holds a deadline against what was asked for", () => {
    expect(verdictOn([{ ...set("a", 1, { ttlMs: 100, deadlineMs: 150 }), ...at(0, 5) }])).to.equal(
      "wrong",
    );
    const touch = { kind: "touch", expiration: { kind: "ttl", ttlMs: 50 } } as const;
    const touched = {
      ask: touch,
      answer: { kind: "changed", revision: 2, deadlineMs: 62 },
    } as const;
    const after = got("a", 2, { createRevision: 1, deadlineMs: 62 });
    expect(verdictOn([first, { ...touched, ...at(10, 15) }, { ...after, ...at(20, 25) }])).to.equal(
      "linearizable",
    );
    expect(
      verdictOn([first, { ...touched, ...at(10, 15) }, { ...got("a", 1), ...at(20, 25) }]),
    ).to.equal("wrong");
  });
});
