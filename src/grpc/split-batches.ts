/**
 * The store's batches as messages. The store counts events; only the wire knows how long a message may be. A batch
 * that is too long becomes several: all but the last carry the token of the batch before, from which a follower
 * that is cut off in between is told the same events again.
 */

import type { WatchResponse } from "../../generated/keyvaluedb/v1/key_value_service.js";
import type {
  ChangeBatch,
  ChangeEvent,
  Entry,
  ExpirationBatch,
  ExpirationEvent,
  StartPosition,
} from "../kv/index.js";
import { toWatchResponse } from "./convert-watch.js";

/** What an expiration is beside its key, value and content type, at most: nine tags, numbers and times. */
const EVENT_OVERHEAD_BYTES = 112;

/** What an entry is beside its key, value and content type, and a change beside its entries, at most. */
const ENTRY_OVERHEAD_BYTES = 112;
const CHANGE_OVERHEAD_BYTES = 64;

/** What a message is beside its events and its token, at most. */
const MESSAGE_OVERHEAD_BYTES = 128;

/** What the wire must know of a kind of batch. */
interface Splitter<Event, Batch extends { readonly resumeToken: string }> {
  readonly eventsOf: (batch: Batch) => readonly Event[];
  /** The batch, with some of its events. */
  readonly withEvents: (batch: Batch, events: readonly Event[]) => Batch;
  /** The same for a part that is not the last of its batch. */
  readonly early: (events: readonly Event[], resumeToken: string) => Batch;
  readonly bytesOf: (event: Event) => number;
  /** Without what it can do without, so that it fits if that is possible. */
  readonly fitted: (event: Event, bytesMax: number) => Event;
}

const EXPIRATIONS: Splitter<ExpirationEvent, ExpirationBatch> = {
  eventsOf: ({ expirations }) => expirations,
  withEvents: (batch, expirations) => ({ ...batch, expirations }),
  early: (expirations, resumeToken) => ({ expirations, resumeToken, progress: undefined }),
  bytesOf: ({ key, value, contentType }) =>
    EVENT_OVERHEAD_BYTES + key.length + (value?.length ?? 0) + Buffer.byteLength(contentType),
  fitted: (event) =>
    event.value === undefined ? event : { ...event, value: undefined, valueOmitted: true },
};

const CHANGES: Splitter<ChangeEvent, ChangeBatch> = {
  eventsOf: ({ events }) => events,
  withEvents: (batch, events) => ({ ...batch, events }),
  early: (events, resumeToken) => ({ events, resumeToken, progress: undefined, synced: false }),
  bytesOf: bytesOfChange,
  fitted: (event, bytesMax) => {
    const alone =
      event.previous === undefined
        ? event
        : { ...event, previous: undefined, previousOmitted: true };
    if (bytesOfChange(alone) <= bytesMax) return alone;
    return { ...alone, entry: { ...alone.entry, value: NO_VALUE }, valueOmitted: true };
  },
};

const NO_VALUE = Buffer.alloc(0);

function bytesOfChange({ entry, previous }: ChangeEvent): number {
  return CHANGE_OVERHEAD_BYTES + bytesOfEntry(entry) + bytesOfEntry(previous);
}

function bytesOfEntry(entry: Entry | undefined): number {
  if (entry === undefined) return 0;
  const { key, value, contentType } = entry;
  return ENTRY_OVERHEAD_BYTES + key.length + value.length + Buffer.byteLength(contentType);
}

export async function* splitExpirations(
  messageBytesMax: number,
  start: StartPosition,
  batches: AsyncIterable<ExpirationBatch>,
): AsyncGenerator<ExpirationBatch, void, undefined> {
  const splitting = new Splitting(EXPIRATIONS, messageBytesMax, start);
  for await (const batch of batches) {
    yield* splitting.split(batch);
  }
}

export async function* splitChanges(
  messageBytesMax: number,
  start: StartPosition,
  batches: AsyncIterable<ChangeBatch>,
): AsyncGenerator<WatchResponse, void, undefined> {
  const splitting = new Splitting(CHANGES, messageBytesMax, start);
  for await (const batch of batches) {
    for (const part of splitting.split(batch)) yield toWatchResponse(part);
  }
}

/** The batches of one stream, one after the other. */
class Splitting<Event, Batch extends { readonly resumeToken: string }> {
  readonly #splitter: Splitter<Event, Batch>;
  readonly #messageBytesMax: number;
  #earlierToken: string | undefined;

  constructor(splitter: Splitter<Event, Batch>, messageBytesMax: number, start: StartPosition) {
    this.#splitter = splitter;
    this.#messageBytesMax = messageBytesMax;
    this.#earlierToken = start.kind === "resume-token" ? start.token : undefined;
  }

  split(batch: Batch): readonly Batch[] {
    const earlierToken = this.#earlierToken;
    this.#earlierToken = batch.resumeToken;
    const { eventsOf, withEvents, early, fitted } = this.#splitter;
    const tokenBytes = Math.max(batch.resumeToken.length, earlierToken?.length ?? 0);
    const bytesMax = this.#messageBytesMax - MESSAGE_OVERHEAD_BYTES - tokenBytes;
    const events = eventsOf(batch);
    const parts = this.#parts(events, bytesMax);
    const last = parts.pop();
    if (last === undefined || parts.length === 0) return [withEvents(batch, last ?? [])];
    if (earlierToken === undefined) {
      // There is no token to go on from in between, so the first batch must be one message.
      return [
        withEvents(
          batch,
          events.map((event) => fitted(event, 0)),
        ),
      ];
    }
    return [...parts.map((part) => early(part, earlierToken)), withEvents(batch, last)];
  }

  /** Events that fit together, in order. One that is too long by itself loses a value, and says so. */
  #parts(events: readonly Event[], bytesMax: number): Event[][] {
    const { bytesOf, fitted } = this.#splitter;
    const parts: Event[][] = [];
    let bytesLeft = 0;
    for (const event of events) {
      const fitting = bytesOf(event) <= bytesMax ? event : fitted(event, bytesMax);
      const bytes = bytesOf(fitting);
      const part = parts.at(-1);
      if (part === undefined || bytes > bytesLeft) {
        parts.push([fitting]);
        bytesLeft = bytesMax - bytes;
      } else {
        part.push(fitting);
        bytesLeft -= bytes;
      }
    }
    return parts;
  }
}
