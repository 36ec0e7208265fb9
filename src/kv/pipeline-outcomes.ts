/**
 * What came of the operations of one call, in their order, until it can be told: when all that it stands on is on stable
 * storage, or when nobody knows whether it is.
 */

import { NO_REVISION, type Revision } from "../base/index.js";
import type { StorageEngine } from "../storage/index.js";
import type { PipelineOutcome } from "./pipeline.js";

export class PipelineOutcomes {
  readonly #engine: StorageEngine;
  readonly #outcomes: PipelineOutcome[] = [];
  #next = 0;
  /** What must be durable before anything is told. */
  #needed: Revision = NO_REVISION;
  /** Of operations that were refused for what there was: the revision of that state. */
  #refusals: Map<number, Revision> | undefined;
  /** Whatever is awaited for single operations. None of it rejects. */
  readonly #awaited: Promise<void>[] = [];

  constructor(engine: StorageEngine) {
    this.#engine = engine;
  }

  /** Of the operation that comes next, whose outcome is noted next. */
  get next(): number {
    return this.#next;
  }

  /** Nothing is told before this revision is durable. */
  need(ofRevision: Revision): void {
    if (ofRevision > this.#needed) this.#needed = ofRevision;
  }

  note(outcome: PipelineOutcome): void {
    this.#outcomes[this.#next++] = outcome;
  }

  /** The next operation was refused for what there is at this revision. */
  refuse(error: unknown, atRevision: Revision): void {
    this.need(atRevision);
    (this.#refusals ??= new Map()).set(this.#next, atRevision);
    this.note({ kind: "error", error });
  }

  /** The outcome of the next operation comes later. Resolves when it is there; never rejects. */
  await<T>(promise: Promise<T>, toOutcome: (value: T) => PipelineOutcome): Promise<void> {
    const index = this.#next++;
    const awaited = promise.then(toOutcome).then(
      (outcome) => {
        this.#outcomes[index] = outcome;
      },
      (error: unknown) => {
        this.#outcomes[index] = { kind: "error", error };
      },
    );
    this.#awaited.push(awaited);
    return awaited;
  }

  /** All of them, when they can be told. Every operation has its outcome, or one that is awaited. */
  whenTold(): Promise<readonly PipelineOutcome[]> {
    if (this.#awaited.length === 0) return this.#durable();
    return Promise.all(this.#awaited).then(() => this.#durable());
  }

  #durable(): Promise<readonly PipelineOutcome[]> {
    const durable = this.#engine.whenDurable(this.#needed);
    if (durable === undefined) return Promise.resolve(this.#told());
    return durable.then(
      () => this.#told(),
      (error: unknown) => this.#unknown(error),
    );
  }

  /** What came after an entry was looked up may have changed it, and what is not durable may be undone. */
  #told(): readonly PipelineOutcome[] {
    const { durableRevision, appliedRevision } = this.#engine;
    if (durableRevision === appliedRevision) return this.#outcomes;
    return this.#outcomes.map((outcome) =>
      outcome.kind === "get" && outcome.revision > durableRevision
        ? { ...outcome, revision: durableRevision }
        : outcome,
    );
  }

  /** Nobody knows whether what is not durable will be there after the next start. */
  #unknown(error: unknown): readonly PipelineOutcome[] {
    const { durableRevision } = this.#engine;
    return this.#outcomes.map((outcome, index) => {
      const at =
        outcome.kind === "error" ? (this.#refusals?.get(index) ?? NO_REVISION) : outcome.revision;
      return at > durableRevision ? { kind: "error", error } : outcome;
    });
  }
}
