/**
 * What a run asks through a pipeline of its store: messages of several operations of every kind, sent one behind the other
 * without waiting. Each operation is written down as if it were a call by itself, answered with its message; and it is
 * seen that they were done in the order in which they were sent, and that what was refused did nothing.
 */

import { expect } from "chai";

import { KvError, present } from "../../src/base/index.js";
import type {
  Pipeline,
  PipelineContext,
  PipelineOperation,
  PipelineOutcome,
  Store,
} from "../../src/kv/index.js";
import { bytes, setOf } from "../support/calls.js";
import { TINY_LIMITS } from "../support/local-store.js";
import { PipelineOrder } from "../support/pipeline-order.js";
import type { Choices } from "./choices.js";
import type { History } from "./history.js";
import type { Bench } from "./workload.js";

const MESSAGES_MAX = 3;
const OPERATIONS_MAX = 6;

/** Holds a number. */
const COUNTER = "counter";

/** What a reply may have room for, where not for everything: some entries, and now and then the longest that there may be. */
const REPLY_BYTES_MAX = 3 * TINY_LIMITS.valueBytesMax;

/** Errors that say for sure that nothing was done. */
const REFUSALS: readonly string[] = ["CANCELLED", "KEY_EXISTS", "KEY_ABSENT", "OVERLOADED"];

type Asked = Exclude<PipelineOperation, { readonly kind: "error" }>;

interface Sent {
  readonly operations: readonly Asked[];
  readonly outcomes: readonly PipelineOutcome[];
  /** The step of the disk at which they were answered. */
  readonly at: number;
}

export interface PipingOptions {
  readonly bench: Bench;
  readonly choices: Choices;
  readonly history: History;
}

export class Piping {
  readonly #options: PipingOptions;
  #store: Store | undefined;
  #pipeline: Pipeline | undefined;
  readonly #order = new PipelineOrder();

  constructor(options: PipingOptions) {
    this.#options = options;
  }

  async send(): Promise<void> {
    const { bench, history } = this.#options;
    const pipeline = this.#pipelineOf(bench.store);
    const messages = Array.from({ length: 1 + bench.random.below(MESSAGES_MAX) }, () =>
      Array.from({ length: 1 + bench.random.below(OPERATIONS_MAX) }, () => this.#operations()),
    );
    const sending = messages.map(async (message): Promise<Sent> => {
      const operations = message.flat();
      const outcomes = await pipeline.perform(operations, this.#context());
      return { operations, outcomes, at: bench.disk.stepCount };
    });
    for (const { operations, outcomes, at } of await Promise.all(sending)) {
      expect(outcomes, "the outcomes of a message").to.have.lengthOf(operations.length);
      for (const [index, operation] of operations.entries()) {
        const outcome = present(outcomes[index], "an outcome for each operation");
        if (outcome.kind === "error") this.#expectRefusal(outcome.error, at);
        else if ("replayed" in outcome) history.expectAgain(operation, outcome);
        else this.#note(operation, outcome, at);
      }
    }
  }

  /** Another store, after a restart, has another. */
  #pipelineOf(store: Store): Pipeline {
    if (this.#pipeline !== undefined && this.#store === store) return this.#pipeline;
    this.#pipeline?.close();
    this.#store = store;
    this.#pipeline = store.pipeline();
    return this.#pipeline;
  }

  /** One, or one that is made again at once. */
  #operations(): readonly Asked[] {
    const { random } = this.#options.bench;
    const operation = this.#operation();
    return "requestId" in operation && random.oneIn(3) ? [operation, operation] : [operation];
  }

  #operation(): Asked {
    const { bench, choices } = this.#options;
    const { random } = bench;
    const name = choices.key();
    const key = bytes(name);
    const requestId = random.oneIn(3) ? { requestId: choices.requestId() } : {};
    const returnPrevious = random.oneIn(4) ? { returnPrevious: true } : {};
    const chance = random.below(20);
    if (chance < 5) return { kind: "get", key };
    if (chance < 7) {
      const expiration = choices.expiration();
      return { kind: "increment", key: bytes(COUNTER), delta: 1n, expiration, ...requestId };
    }
    const precondition = random.oneIn(6)
      ? { precondition: { kind: "exists" as const, exists: random.coin() } }
      : {};
    const more = { ...requestId, ...returnPrevious, ...precondition };
    if (chance < 10) return { kind: "delete", key, ...more };
    if (chance < 12) return { kind: "touch", key, expiration: choices.expiration(), ...more };
    const set = setOf(name, choices.value(), { expiration: choices.expirationOrKeep() });
    // Most are plain, and go another way.
    return random.oneIn(3) ? { kind: "set", ...set, ...more } : { kind: "set", ...set };
  }

  /** Most wait for ever, and take everything. */
  #context(): PipelineContext {
    const { random } = this.#options.bench;
    let patience = random.oneIn(8) ? random.below(4) : Number.POSITIVE_INFINITY;
    return {
      throwIfAbandoned: () => {
        if (patience-- <= 0) throw new KvError("CANCELLED", "nobody waits any more");
      },
      ...(random.oneIn(4) ? { replyBytesMax: random.below(REPLY_BYTES_MAX) } : {}),
    };
  }

  #note(
    operation: Asked,
    outcome: Exclude<PipelineOutcome, { readonly kind: "error" }>,
    at: number,
  ): void {
    const key = operation.key.toString("latin1");
    if (this.#options.history.operation(operation, outcome, at) === "changed") {
      this.#order.changed(key, outcome.revision);
    } else {
      this.#order.looked(key, outcome.revision);
    }
  }

  /** What was refused did nothing: otherwise there are revisions that nobody knows of. */
  #expectRefusal(error: unknown, at: number): void {
    if (!(error instanceof KvError) || !REFUSALS.includes(error.code)) throw error;
    this.#options.history.answered(error.metadata.revision ?? 0, at);
  }
}
