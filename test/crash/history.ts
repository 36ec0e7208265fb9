/**
 * Everything that a run of a store committed, by revision, and when each was acknowledged. From it follows
 * what a store may hold after a crash: the state after some prefix of the commits, no shorter than what
 * had been acknowledged.
 */

import { expect } from "chai";

import type {
  DeleteRangeCommand,
  DeleteRangeResult,
  Entry,
  ExpirationEvent,
  OperationResult,
  PipelineOperation,
  PipelineOutcome,
  SetCommand,
  SnapshotInfo,
  TransactCommand,
  TransactResult,
} from "../../src/kv/index.js";
import type { Transacted } from "./transact.js";

/** What a caller could learn of a key, with the value as text. */
export interface KnownEntry {
  readonly value: string;
  readonly revision: number;
  readonly createRevision: number;
  readonly version: number;
  readonly deadlineMs: number;
}

export type State = ReadonlyMap<string, KnownEntry>;

type Effect =
  | { readonly kind: "set"; readonly value: string; readonly deadlineMs: number }
  | { readonly kind: "touch"; readonly deadlineMs: number }
  | { readonly kind: "remove" };

interface Commit {
  readonly key: string;
  readonly effect: Effect;
  /** The step of the disk at which the caller had its answer. */
  readonly acknowledgedAt: number;
}

/** An expiration that a follower was told, and when. */
export interface ToldExpiration {
  readonly event: ExpirationEvent;
  readonly toldAt: number;
}

/** A snapshot that a caller was given, and when; from when on it may be gone, and since when it is. */
export interface GivenSnapshot {
  readonly snapshot: SnapshotInfo;
  readonly givenAt: number;
  deletingAt: number;
  deletedAt: number;
}

/** A call that can be made again, what it was answered, and when. */
export type RepeatableCall = { readonly requestId: string; readonly at: number } & (
  | {
      readonly kind: "transact";
      readonly command: TransactCommand;
      readonly result: TransactResult;
    }
  | {
      readonly kind: "delete range";
      readonly command: DeleteRangeCommand;
      readonly result: DeleteRangeResult;
    }
  | {
      readonly kind: "operation";
      readonly command: PipelineOperation;
      readonly result: OperationResult;
    }
);

/** What a caller was told of a key without changing it: such it was after that revision. */
interface Look {
  readonly key: string;
  readonly revision: number;
  readonly entry: KnownEntry | undefined;
}

/** What became of a key at a revision; without an entry it was removed. */
export interface Happened {
  readonly revision: number;
  readonly entry: KnownEntry | undefined;
}

export class History {
  readonly #commits = new Map<number, Commit[]>();
  readonly told: ToldExpiration[] = [];
  readonly snapshots: GivenSnapshot[] = [];
  /** Of those that changed something: the others are not remembered. */
  readonly repeatable: RepeatableCall[] = [];
  readonly #looks: Look[] = [];
  /** Revisions that answers told of without having made them. */
  readonly #toldOf: { readonly at: number; readonly revision: number }[] = [];
  #states: State[] | undefined;
  #acknowledged: readonly { readonly at: number; readonly revision: number }[] | undefined;
  readonly #happened = new Map<string, Happened[]>();

  set(command: SetCommand, result: { revision: number; deadlineMs: number }, at: number): void {
    const value = command.value.toString("latin1");
    const { deadlineMs } = result;
    this.#add(result.revision, command.key, { effect: { kind: "set", value, deadlineMs }, at });
  }

  touch(key: Buffer, result: { revision: number; deadlineMs: number }, at: number): void {
    const { revision, deadlineMs } = result;
    this.#add(revision, key, { effect: { kind: "touch", deadlineMs }, at });
  }

  delete(key: Buffer, revision: number, at: number): void {
    this.#add(revision, key, { effect: { kind: "remove" }, at });
  }

  transaction({ revision, changes }: Transacted, at: number): void {
    for (const change of changes) this.#add(revision, change.key, { effect: effectOf(change), at });
  }

  /** A transaction of the store's own, whose operations are of different keys. */
  operations({ then }: TransactCommand, result: TransactResult, at: number): void {
    for (const [index, { key }] of then.entries()) {
      const done = result.results[index];
      const effect = done === undefined ? undefined : effectOfResult(done, then[index]);
      if (effect !== undefined) this.#add(result.revision, key, { effect, at });
    }
  }

  /** One of a pipeline, which is a call by itself. */
  operation(
    operation: Exclude<PipelineOperation, { readonly kind: "error" }>,
    result: OperationResult,
    at: number,
  ): "changed" | "unchanged" {
    const { key } = operation;
    const { revision } = result;
    if (result.kind === "get") this.#look(key, revision, result.entry);
    const effect = effectOfResult(result, operation);
    if (effect === undefined) {
      this.answered(revision, at);
      return "unchanged";
    }
    this.#add(revision, key, { effect, at });
    const { previous, ...replayable } = { previous: undefined, ...result };
    if ("returnPrevious" in operation && operation.returnPrevious) {
      this.#look(key, revision - 1, previous);
    }
    if ("requestId" in operation) {
      const requestId = operation.requestId.toString();
      const call = { kind: "operation", requestId, command: operation, at } as const;
      this.repeatable.push({ ...call, result: replayable });
    }
    return "changed";
  }

  /** Fails unless the operation was answered before, and now as it was then. */
  expectAgain(operation: PipelineOperation, outcome: PipelineOutcome): void {
    const before = this.repeatable.findLast((call) => call.command === operation);
    expect(outcome, "an operation that is made again").to.deep.equal({
      ...before?.result,
      replayed: true,
    });
  }

  /** Someone was told that the store had come to a revision, by an answer that changed nothing. */
  answered(revision: number, at: number): void {
    this.#toldOf.push({ revision, at });
  }

  /** Fails unless every look was true. Call it when the run is over. */
  checkLooks(): void {
    for (const { key, revision, entry } of this.#looks) {
      const where = `${key}, as it was told at ${String(revision)}`;
      expect(this.states[revision], where).not.to.equal(undefined);
      expect(entry, where).to.deep.equal(this.states[revision]?.get(key));
    }
  }

  expire(event: ExpirationEvent, at: number): void {
    this.told.push({ event, toldAt: at });
    this.#add(event.revision, event.key, { effect: { kind: "remove" }, at });
  }

  /** The newest revision of all. */
  get revision(): number {
    return this.states.length - 1;
  }

  /** The highest revision that someone had an answer for by that step of the disk. Call it when the run is over. */
  acknowledgedBy(step: number): number {
    this.#acknowledged ??= this.#risingAnswers();
    return this.#acknowledged.findLast(({ at }) => at <= step)?.revision ?? 0;
  }

  /** All that happened to a key up to a revision, newest first. Call it when the run is over. */
  happenedTo(key: string, upTo: number): readonly Happened[] {
    if (this.states.length === 0) return [];
    return (this.#happened.get(key) ?? []).filter(({ revision }) => revision <= upTo).reverse();
  }

  /** The state after each revision, from 0 on. Call it when the run is over. */
  get states(): readonly State[] {
    this.#states ??= this.#replay();
    return this.#states;
  }

  #add(revision: number, key: Buffer, { effect, at }: { effect: Effect; at: number }): void {
    const commits = this.#commits.get(revision) ?? [];
    commits.push({ key: key.toString("latin1"), effect, acknowledgedAt: at });
    this.#commits.set(revision, commits);
  }

  #look(key: Buffer, revision: number, entry: Entry | undefined): void {
    const known = entry === undefined ? undefined : knownOf(entry);
    this.#looks.push({ key: key.toString("latin1"), revision, entry: known });
  }

  /** Only those answers that told of a higher revision than all before them. */
  #risingAnswers(): { readonly at: number; readonly revision: number }[] {
    const changes = [...this.#commits].flatMap(([revision, commits]) =>
      commits.map(({ acknowledgedAt: at }) => ({ at, revision })),
    );
    const answers = [...changes, ...this.#toldOf];
    answers.sort((left, right) => left.at - right.at || left.revision - right.revision);
    let highest = 0;
    return answers.filter(({ revision }) => {
      if (revision <= highest) return false;
      highest = revision;
      return true;
    });
  }

  #replay(): State[] {
    const states: State[] = [new Map<string, KnownEntry>()];
    for (let revision = 1; revision <= this.#commits.size; revision += 1) {
      const commits = this.#commits.get(revision);
      if (commits === undefined) throw new Error(`nobody knows of revision ${String(revision)}`);
      const state = new Map(states.at(-1));
      for (const commit of commits) {
        carryOut(state, commit, revision);
        const happened = this.#happened.get(commit.key) ?? [];
        happened.push({ revision, entry: state.get(commit.key) });
        this.#happened.set(commit.key, happened);
      }
      states.push(state);
    }
    return states;
  }
}

function effectOf(change: Transacted["changes"][number]): Effect {
  switch (change.kind) {
    case "set": {
      const { value, deadlineMs } = change;
      return { kind: "set", value: value.toString("latin1"), deadlineMs };
    }
    case "touch":
      return { kind: "touch", deadlineMs: change.deadlineMs };
    default:
      return { kind: "remove" };
  }
}

/** Undefined: it changed nothing. */
function effectOfResult(
  result: OperationResult,
  operation: PipelineOperation | undefined,
): Effect | undefined {
  if (result.kind === "set" && operation?.kind === "set") {
    const { deadlineMs } = result;
    return { kind: "set", value: operation.value.toString("latin1"), deadlineMs };
  }
  if (result.kind === "increment") {
    return { kind: "set", value: String(result.value), deadlineMs: result.deadlineMs };
  }
  if (result.kind === "delete") return result.deleted ? { kind: "remove" } : undefined;
  if (result.kind !== "touch" || !result.touched) return undefined;
  return { kind: "touch", deadlineMs: result.deadlineMs };
}

function carryOut(state: Map<string, KnownEntry>, { key, effect }: Commit, revision: number): void {
  const before = state.get(key);
  if (effect.kind === "remove") {
    if (before === undefined) throw new Error(`${key} was removed twice`);
    state.delete(key);
  } else if (effect.kind === "touch") {
    if (before === undefined) throw new Error(`${key} was touched though absent`);
    state.set(key, { ...before, revision, deadlineMs: effect.deadlineMs });
  } else {
    state.set(key, {
      value: effect.value,
      revision,
      createRevision: before?.createRevision ?? revision,
      version: (before?.version ?? 0) + 1,
      deadlineMs: effect.deadlineMs,
    });
  }
}

/** What an entry says, in the words of a history. */
export function knownOf({
  value,
  revision,
  createRevision,
  version,
  deadlineMs,
}: Entry): KnownEntry {
  return { value: value.toString("latin1"), revision, createRevision, version, deadlineMs };
}

/** The state without what is due. */
export function withoutDue(state: State, nowMs: number): State {
  return new Map(
    [...state].filter(([, entry]) => entry.deadlineMs === 0 || entry.deadlineMs > nowMs),
  );
}

/** Whether two states are the same in everything that a caller can learn. */
export function isSameState(left: State, right: State): boolean {
  if (left.size !== right.size) return false;
  for (const [key, entry] of left) {
    const other = right.get(key);
    if (other === undefined || !isSameEntry(entry, other)) return false;
  }
  return true;
}

function isSameEntry(left: KnownEntry, right: KnownEntry): boolean {
  return (
    left.value === right.value &&
    left.revision === right.revision &&
    left.createRevision === right.createRevision &&
    left.version === right.version &&
    left.deadlineMs === right.deadlineMs
  );
}
