/** Transactions and calls that are made again, as commands: the store and the model answer the same. */

import { expect } from "chai";

import { KvError, NO_REVISION, type Revision } from "../../src/base/index.js";
import type {
  Check,
  Condition,
  DeleteRangeCommand,
  Entry,
  KeyRange,
  Operation,
  OperationResult,
  TransactCommand,
} from "../../src/kv/index.js";
import { bytes, PATIENT, setOf } from "../support/calls.js";
import {
  choiceOf,
  inTermsOf,
  StoreCommand,
  type Expiration,
  type Model,
  type Real,
} from "./commands.js";

/** An operation in words that do not depend on the time when they were chosen. */
export interface Step {
  readonly kind: Operation["kind"];
  readonly key: string;
  readonly value: string;
  readonly delta: bigint;
  readonly expiration: Expiration;
  readonly returnPrevious: boolean;
}

/** What is asked of a key: whether it is there, or what its value is. */
export type Question = readonly [key: string, check: Exclude<Check, { kind: "revision" }>];

export class Transact extends StoreCommand {
  readonly #questions: readonly Question[];
  readonly #steps: readonly Step[];
  readonly #requestId: string | undefined;

  constructor(
    questions: readonly Question[],
    steps: readonly Step[],
    requestId: string | undefined,
  ) {
    super();
    this.#questions = questions;
    this.#steps = steps;
    this.#requestId = requestId;
  }

  async act(model: Model, real: Real): Promise<void> {
    const half = Math.ceil(this.#steps.length / 2);
    const operations = this.#steps.map((step) => operationOf(step, model));
    const command: TransactCommand = {
      conditions: this.#questions.map(([key, check]): Condition => ({ key: bytes(key), check })),
      then: operations.slice(0, half),
      otherwise: operations.slice(half),
      ...(this.#requestId === undefined ? {} : { requestId: this.#requestId }),
    };
    const got = await outcomeOf(real.store.transact(command, PATIENT));
    // What a transaction may write and read is bounded by the store's own segments.
    if (got instanceof KvError && got.message.includes("limits.transaction_bytes")) return;
    const before = (await model.store.status()).revision;
    const wanted = await outcomeOf(model.store.transact(command, PATIENT));
    if (wanted instanceof KvError || got instanceof KvError) {
      expect(nameOfError(got)).to.deep.equal(nameOfError(wanted));
      return;
    }
    if (wanted.revision > before) model.revisions.set(wanted.revision, got.revision);
    expect(got.succeeded).to.equal(wanted.succeeded);
    expect(got.replayed).to.equal(wanted.replayed);
    if (wanted.revision > before || wanted.replayed === true) {
      const known = (entry: Entry): Entry => inTermsOf(model, entry);
      const results = wanted.results.map((result) => mapEntries(result, got.revision, known));
      expect(got.results).to.deep.equal(results);
      return;
    }
    // Entries that were made and ended within it never had a revision: the one they carry is the newest there is.
    expect(
      got.results.map((result) => mapEntries(result, got.revision, withoutRevisions)),
    ).to.deep.equal(
      wanted.results.map((result) => mapEntries(result, got.revision, withoutRevisions)),
    );
  }

  toString(): string {
    const steps = this.#steps.map(({ kind, key }) => `${kind} ${key}`).join(", ");
    return `transact ${this.#requestId ?? ""} if ${JSON.stringify(this.#questions)}: ${steps}`;
  }
}

/** A range that goes at once: the same keys of it in both, and so many of them. */
export class DeleteRange extends StoreCommand {
  readonly #command: DeleteRangeCommand;

  constructor(range: KeyRange, limit: number, requestId: string | undefined) {
    super();
    this.#command = { range, limit, ...(requestId === undefined ? {} : { requestId }) };
  }

  async act(model: Model, real: Real): Promise<void> {
    const got = await outcomeOf(real.store.deleteRange(this.#command, PATIENT));
    const before = (await model.store.status()).revision;
    const wanted = await outcomeOf(model.store.deleteRange(this.#command, PATIENT));
    if (wanted instanceof KvError || got instanceof KvError) {
      expect(nameOfError(got)).to.deep.equal(nameOfError(wanted));
      return;
    }
    expect({ ...got, revision: 0 }).to.deep.equal({ ...wanted, revision: 0 });
    if (wanted.revision > before) model.revisions.set(wanted.revision, got.revision);
  }

  toString(): string {
    return `delete range ${JSON.stringify(this.#command)}`;
  }
}

export function operationOf(step: Step, model: Model): Operation {
  const { kind, value, delta, returnPrevious } = step;
  const key = bytes(step.key);
  const expiration = choiceOf(step.expiration, model);
  switch (kind) {
    case "set":
      return { kind, ...setOf(step.key, value, { expiration }), returnPrevious };
    case "touch":
      return expiration.kind === "keep"
        ? { kind: "get", key }
        : { kind, key, expiration, returnPrevious };
    case "increment":
      return { kind, key, delta, expiration };
    case "delete":
      return { kind, key, returnPrevious };
    case "get":
      return { kind, key };
  }
}

async function outcomeOf<Result>(call: Promise<Result>): Promise<Result | KvError> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KvError) return error;
    throw error;
  }
}

export function nameOfError(outcome: object): unknown {
  if (!(outcome instanceof KvError)) return "none";
  return { code: outcome.code, field: outcome.metadata.field };
}

function withoutRevisions(entry: Entry): Entry {
  return { ...entry, revision: NO_REVISION, createRevision: NO_REVISION };
}

export function mapEntries(
  result: OperationResult,
  at: Revision,
  known: (entry: Entry) => Entry,
): OperationResult {
  if (result.kind === "get") {
    const { entry } = result;
    return { ...result, revision: at, entry: entry === undefined ? undefined : known(entry) };
  }
  if (result.kind === "increment" || result.previous === undefined) {
    return { ...result, revision: at };
  }
  return { ...result, revision: at, previous: known(result.previous) };
}
