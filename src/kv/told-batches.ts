/**
 * What a follower is told of some records, in batches of a bounded size. Where a record was forgotten before it was told,
 * they end, since nothing may be told out of order: what is left is to be looked for again.
 */

import type { FeedRecord } from "./feed-record.js";
import type { Follower } from "./follower.js";
import type { Subscription } from "./subscription.js";
import type { ToldPosition } from "./tokens.js";

/** One batch holds about so many bytes of keys and values, and so many events at the most. */
const BATCH_BYTES_MAX = 256 * 1024;
const BATCH_EVENTS_MAX = 1000;

/** Events that are made together: some have to be read from disk for it. */
const MADE_TOGETHER_MAX = 16;

export class ToldBatches<Told extends ToldPosition> {
  readonly #follower: Pick<Follower, "hasGone" | "turnFor" | "wants">;
  readonly #subscription: Pick<Subscription<Told>, "sizeOf" | "start" | "toTold">;
  #hasLost = false;

  constructor(
    follower: Pick<Follower, "hasGone" | "turnFor" | "wants">,
    subscription: Pick<Subscription<Told>, "sizeOf" | "start" | "toTold">,
  ) {
    this.#follower = follower;
    this.#subscription = subscription;
  }

  /** Whether something was forgotten since this was asked last. */
  takeLoss(): boolean {
    const hasLost = this.#hasLost;
    this.#hasLost = false;
    return hasLost;
  }

  /** Of records in order, and what was told before them. */
  async *of(
    records: readonly FeedRecord[],
    told: ToldPosition,
  ): AsyncGenerator<Told[], void, undefined> {
    let batch: Told[] = [];
    let bytes = 0;
    for await (const events of this.#events(records, told)) {
      for (const event of events) {
        const size = this.#subscription.sizeOf(event);
        const isFull = batch.length === BATCH_EVENTS_MAX || bytes + size > BATCH_BYTES_MAX;
        if (isFull && batch.length > 0) {
          yield batch;
          batch = [];
          bytes = 0;
        }
        batch.push(event);
        bytes += size;
      }
    }
    if (batch.length > 0) yield batch;
  }

  /** A few events at a time, up to the first that is lost. */
  async *#events(
    records: readonly FeedRecord[],
    told: ToldPosition,
  ): AsyncGenerator<Told[], void, undefined> {
    let together: FeedRecord[] = [];
    let bytes = 0;
    for (const record of records) {
      if (this.#wasTold(record, told)) continue;
      const follower = this.#follower;
      for (let turn = follower.turnFor(record); turn; turn = follower.turnFor(record)) {
        await turn;
        if (follower.hasGone()) return;
      }
      if (!follower.wants(record)) continue;
      together.push(record);
      bytes += record.valueBytes;
      if (together.length < MADE_TOGETHER_MAX && bytes < BATCH_BYTES_MAX) continue;
      yield await this.#make(together);
      if (this.#hasLost) return;
      together = [];
      bytes = 0;
    }
    if (together.length > 0) yield await this.#make(together);
  }

  #make(records: readonly FeedRecord[]): Told[] | Promise<Told[]> {
    const events: Told[] = [];
    const awaited: Promise<Told>[] = [];
    for (const record of records) {
      const event = this.#subscription.toTold(record);
      if (event === undefined) {
        this.#hasLost = true;
        break;
      }
      if (event instanceof Promise) awaited.push(event);
      else if (awaited.length > 0) awaited.push(Promise.resolve(event));
      else events.push(event);
    }
    // Most are made at once, and need no promise each.
    if (awaited.length === 0) return events;
    return Promise.all(awaited).then((rest) => [...events, ...rest]);
  }

  #wasTold(record: FeedRecord, told: ToldPosition): boolean {
    const { start } = this.#subscription;
    // From a revision that is yet to come on, nothing before it is told.
    if (start.kind === "revision" && record.revision < start.revision) return true;
    if (record.revision !== told.revision) return record.revision < told.revision;
    return record.index <= told.index;
  }
}
