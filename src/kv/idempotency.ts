/**
 * Calls that may be made again: the first one that changes something is remembered under its request id, and
 * one that comes later with the same id and content is answered from that, and does nothing.
 *
 * A call that fails or changes nothing leaves nothing, and the next one is judged afresh. One that comes while
 * the first is under way waits for it, and then looks again.
 */

import { KvError, type Revision, type TimeMs } from "../base/index.js";
import type { ReplyNote, StorageEngine } from "../storage/index.js";
import type { ReplayedResult } from "./write-commands.js";

/** By what a call is known again. */
export type Identity = Pick<ReplyNote, "requestId" | "digest">;

/** A call that may have been made before. */
export interface Repeatable<Result> {
  readonly write: () => Promise<Result>;
  /** What it answered, from the bytes that it was remembered by, at that revision. */
  readonly decode: (reply: Buffer, revision: Revision) => Result;
}

export interface IdempotencyOptions {
  readonly engine: StorageEngine;
  readonly nowMs: () => TimeMs;
}

export class Idempotency {
  readonly #options: IdempotencyOptions;
  /** Calls under way, by id; settles when the call has ended, and never rejects. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(options: IdempotencyOptions) {
    this.#options = options;
  }

  /** Whether a call with this id was made before, or is under way: what it is answered, only `once` can say. */
  isKnown(requestId: Buffer): boolean {
    const { engine, nowMs } = this.#options;
    if (this.#underWay.size > 0 && this.#underWay.has(requestId.toString("latin1"))) return true;
    return engine.replies.find(requestId, nowMs()) !== undefined;
  }

  /** What `write` answers, or what it answered the first time. Throws REQUEST_ID_REUSED. */
  async once<Result extends ReplayedResult>(
    identity: Identity,
    { write, decode }: Repeatable<Result>,
  ): Promise<Result> {
    const name = identity.requestId.toString("latin1");
    for (;;) {
      const before = this.#underWay.get(name);
      if (before !== undefined) {
        await before;
        continue;
      }
      const { engine, nowMs } = this.#options;
      if (engine.replies.find(identity.requestId, nowMs()) === undefined) {
        return await this.#first(name, write);
      }
      // What it answers from must be there to stay; then it is looked for again, since compaction may move it.
      await engine.whenDurable(engine.appliedRevision);
      const entry = engine.replies.find(identity.requestId, nowMs());
      if (entry === undefined) continue;
      // The read begins in this step, in which compaction takes nothing away from under it.
      const note = await engine.replies.read(identity.requestId, entry);
      if (note === undefined) {
        // It was of another id, which may have been called for meanwhile.
        if (this.#underWay.has(name)) continue;
        return await this.#first(name, write);
      }
      const { digest, reply } = note;
      if (digest.equals(identity.digest)) {
        return { ...decode(reply, entry.revision), replayed: true };
      }
      throw new KvError(
        "REQUEST_ID_REUSED",
        "request_id: it was used for a request with other content; each request needs an id of its own",
        { metadata: { field: "request_id", revision: entry.revision } },
      );
    }
  }

  async #first<Result>(name: string, write: () => Promise<Result>): Promise<Result> {
    const writing = write();
    const ended = writing.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.set(name, ended);
    try {
      return await writing;
    } finally {
      this.#underWay.delete(name);
    }
  }
}
