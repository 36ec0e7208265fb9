/** Messages of a pipeline as commands, sent without waiting: the store does and answers each operation as the model does, in order. */

import { expect } from "chai";

import { KvError, present } from "../../src/base/index.js";
import type { Entry, PipelineOperation, PipelineOutcome, Store } from "../../src/kv/index.js";
import { PATIENT } from "../support/calls.js";
import { inTermsOf, StoreCommand, type Model, type Real } from "./commands.js";
import { mapEntries, nameOfError, operationOf, type Step } from "./transaction-commands.js";

/** What an operation may carry in a call of its own, beside what it may in a transaction. */
export interface Alone {
  readonly step: Step;
  readonly exists: boolean | undefined;
  readonly requestId: string | undefined;
}

export class SendMessages extends StoreCommand {
  readonly #messages: readonly (readonly Alone[])[];

  constructor(messages: readonly (readonly Alone[])[]) {
    super();
    this.#messages = messages;
  }

  async act(model: Model, real: Real): Promise<void> {
    const messages = this.#messages.map((all) => all.map((alone) => aloneOf(alone, model)));
    const got = await outcomesOf(real.store, messages);
    const operations = messages.flat();
    expect(got).to.have.lengthOf(operations.length);
    // Each as a call by itself, so that it is known which of them the model counts.
    for (const [index, operation] of operations.entries()) {
      const before = (await model.store.status()).revision;
      const [wanted] = await outcomesOf(model.store, [[operation]]);
      compare(model, before, {
        got: present(got[index], "an outcome"),
        wanted: present(wanted, "an outcome of the model's"),
      });
    }
  }

  toString(): string {
    const messages = this.#messages.map((all) => all.map(describeAlone).join(", "));
    return `send ${messages.join(" | ")}`;
  }
}

async function outcomesOf(
  store: Store,
  messages: readonly (readonly PipelineOperation[])[],
): Promise<readonly PipelineOutcome[]> {
  const pipeline = store.pipeline();
  const sent = messages.map((message) => pipeline.perform(message, PATIENT));
  const outcomes = (await Promise.all(sent)).flat();
  pipeline.close();
  return outcomes;
}

function compare(
  model: Model,
  before: number,
  { got, wanted }: { readonly got: PipelineOutcome; readonly wanted: PipelineOutcome },
): void {
  if (got.kind === "error" || wanted.kind === "error") {
    expect(nameOfOutcome(got)).to.deep.equal(nameOfOutcome(wanted));
    return;
  }
  if (wanted.revision > before) model.revisions.set(wanted.revision, got.revision);
  if ("replayed" in wanted) {
    expect(got.revision, "of what was made before").to.equal(model.revisions.get(wanted.revision));
  }
  const known = (entry: Entry): Entry => inTermsOf(model, entry);
  expect(got).to.deep.equal(mapEntries(wanted, got.revision, known));
}

function nameOfOutcome(outcome: PipelineOutcome): unknown {
  if (outcome.kind !== "error") return `${outcome.kind} went well`;
  if (!(outcome.error instanceof KvError)) throw outcome.error;
  return nameOfError(outcome.error);
}

function aloneOf({ step, exists, requestId }: Alone, model: Model): PipelineOperation {
  const operation = operationOf(step, model);
  if (operation.kind === "get") return operation;
  const mayHaveCondition = operation.kind !== "increment" && exists !== undefined;
  return {
    ...operation,
    ...(mayHaveCondition ? { precondition: { kind: "exists", exists } } : {}),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function describeAlone({ step, exists, requestId }: Alone): string {
  const condition = exists === undefined ? "" : ` if ${exists ? "there" : "absent"}`;
  return `${step.kind} ${step.key} ${step.value}${condition} ${requestId ?? ""}`.trimEnd();
}
