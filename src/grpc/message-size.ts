/**
 * Keeps what the store answers within the longest message that the server may send. The store counts keys and
 * events; only the wire knows how long a message may be.
 */

import type { WatchExpirationsResponse } from "../../generated/keyvaluedb/v1/key_value_service.js";
import type { ExpirationBatch, ExpirationEvent, KeyPage, StartPosition } from "../kv/index.js";
import { toWatchExpirationsResponse } from "./convert-reply.js";

/** Tag and length of a repeated field: 1 byte and, up to 2 MiB, at most 3. */
const KEY_OVERHEAD_BYTES = 4;

/** What an expiration is beside its key, value and content type, at most: nine tags, numbers and times. */
const EVENT_OVERHEAD_BYTES = 112;

/** What a message is beside its keys, events or results and its token, at most. */
export const MESSAGE_OVERHEAD_BYTES = 128;

/**
 * A page that fits into a message. Where the store's does not, a shorter one is asked for: it is consistent
 * at the revision that it reports, and its token goes on from it, like any other.
 */
export async function listKeysWithin(
  messageBytesMax: number,
  pageSize: number,
  list: (pageSize: number) => Promise<KeyPage>,
): Promise<KeyPage> {
  let page = await list(pageSize);
  for (;;) {
    const fitting = countFitting(messageBytesMax, page);
    // A single key always fits: the limits say so.
    if (fitting >= page.keys.length || page.keys.length <= 1) return page;
    // Keys may have come in between, so the shorter page is measured again; each round is shorter.
    page = await list(Math.max(1, fitting));
  }
}

function countFitting(messageBytesMax: number, page: KeyPage): number {
  // The token names the last key, so that it is longer than the one of a shorter page at most by a key.
  let bytesLeft = messageBytesMax - MESSAGE_OVERHEAD_BYTES - 2 * page.nextPageToken.length;
  let count = 0;
  for (const key of page.keys) {
    bytesLeft -= key.length + KEY_OVERHEAD_BYTES;
    if (bytesLeft < 0) return count;
    count += 1;
  }
  return count;
}

/**
 * The store's batches as messages. A batch that is too long becomes several: all but the last carry the token
 * of the batch before, from which a follower that is cut off in between is told the same events again.
 */
export async function* splitBatches(
  messageBytesMax: number,
  start: StartPosition,
  batches: AsyncIterable<ExpirationBatch>,
): AsyncGenerator<WatchExpirationsResponse, void, undefined> {
  let earlierToken = start.kind === "resume-token" ? start.token : undefined;
  for await (const batch of batches) {
    for (const part of splitBatch(messageBytesMax, batch, earlierToken)) {
      yield toWatchExpirationsResponse(part);
    }
    earlierToken = batch.resumeToken;
  }
}

function splitBatch(
  messageBytesMax: number,
  batch: ExpirationBatch,
  earlierToken: string | undefined,
): readonly ExpirationBatch[] {
  const tokenBytes = Math.max(batch.resumeToken.length, earlierToken?.length ?? 0);
  const bytesMax = messageBytesMax - MESSAGE_OVERHEAD_BYTES - tokenBytes;
  const parts = splitEvents(batch.expirations, bytesMax);
  const last = parts.pop();
  if (last === undefined || parts.length === 0) return [{ ...batch, expirations: last ?? [] }];
  if (earlierToken === undefined) {
    // There is no token to go on from in between, so the first batch must be one message.
    return [{ ...batch, expirations: batch.expirations.map(withoutValue) }];
  }
  return [
    ...parts.map((expirations) => ({
      expirations,
      resumeToken: earlierToken,
      progress: undefined,
    })),
    { ...batch, expirations: last },
  ];
}

/** Events that fit together, in order. One that is too long by itself loses its value, and says so. */
function splitEvents(events: readonly ExpirationEvent[], bytesMax: number): ExpirationEvent[][] {
  const parts: ExpirationEvent[][] = [];
  let bytesLeft = 0;
  for (const event of events) {
    const fitting = bytesOf(event) <= bytesMax ? event : withoutValue(event);
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

function bytesOf(event: ExpirationEvent): number {
  const valueBytes = event.value?.length ?? 0;
  return EVENT_OVERHEAD_BYTES + event.key.length + valueBytes + event.contentType.length;
}

function withoutValue(event: ExpirationEvent): ExpirationEvent {
  if (event.value === undefined) return event;
  return { ...event, value: undefined, valueOmitted: true };
}
