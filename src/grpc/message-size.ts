/**
 * Keeps what the store answers within the longest message that the server may send. The store counts keys; only
 * the wire knows how long a message may be.
 */

import type { KeyPage } from "../kv/index.js";

/** Tag and length of a repeated field: 1 byte and, up to 2 MiB, at most 3. */
const KEY_OVERHEAD_BYTES = 4;

/** What a message is beside its keys or results and its token, at most. */
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
