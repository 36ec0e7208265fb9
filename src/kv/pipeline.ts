/** Operations that are calls by themselves, done one after the other for the price of few calls. */

import type { Revision } from "../base/index.js";
import type {
  DeleteCommand,
  IncrementCommand,
  OperationResult,
  SetCommand,
  TouchCommand,
} from "./write-commands.js";

/** A call that writes or reads one key, with all that such a call may ask. */
export type PipelineOperation =
  | ({ readonly kind: "set" } & SetCommand)
  | { readonly kind: "get"; readonly key: Buffer; readonly atRevision?: Revision }
  | ({ readonly kind: "delete" } & DeleteCommand)
  | ({ readonly kind: "touch" } & TouchCommand)
  | ({ readonly kind: "increment" } & IncrementCommand)
  /** One that was refused before it came here, and keeps its place. */
  | FailedOperation;

export interface FailedOperation {
  readonly kind: "error";
  readonly error: unknown;
}

/** What an operation answers, or what its call would have rejected with. */
export type PipelineOutcome = OperationResult | FailedOperation;

/** The caller of a pipeline, as far as the store must know it. */
export interface PipelineContext {
  /** As of a call; asked again after each wait. */
  readonly throwIfAbandoned: () => void;
  /** What the entries in the answer may take, in bytes. Absent: anything. */
  readonly replyBytesMax?: number;
  /** Told how many bytes more, or less where it is negative, the entries take that wait to be answered. */
  readonly onEntryBytes?: (bytes: number) => void;
}

export interface Pipeline {
  /**
   * Does the operations in order, after those of all calls of this pipeline before: each by itself, as the call of
   * its kind. Resolves when all that the outcomes tell is on stable storage, with one for each; what one operation
   * met is told in its outcome, so this never rejects.
   *
   * Operations whose entries the caller has no room for any more (`replyBytesMax`, for entries alone) are OVERLOADED
   * and do nothing.
   */
  perform(
    operations: readonly PipelineOperation[],
    context: PipelineContext,
  ): Promise<readonly PipelineOutcome[]>;

  /** There will be no more calls. What was called is still done and answered. */
  close(): void;
}
