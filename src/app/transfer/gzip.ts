/** Sees by its first bytes whether a stream is gzip, and unpacks it then. */

import { PassThrough, pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/**
 * The bytes, unpacked where they are gzip, with `onBytes` told of each chunk as it came in. Errors of the
 * source and of the unpacking come out of the result.
 */
export async function unpacked(
  source: Readable,
  onBytes: (count: number) => void,
): Promise<AsyncIterable<Buffer>> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head = await takeHead(chunks);
  onBytes(head.length);
  const whole = counted(head, chunks, onBytes);
  if (!head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) return whole;
  const plain = new PassThrough();
  // The error reaches whoever reads `plain`; here there is nothing more to do about it.
  pipeline(whole, createGunzip(), plain, () => undefined);
  return plain;
}

/** The first chunks until there are bytes enough to tell. */
async function takeHead(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < GZIP_MAGIC.length) {
    const next = await chunks.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* counted(
  head: Buffer,
  chunks: AsyncIterator<Buffer>,
  onBytes: (count: number) => void,
): AsyncGenerator<Buffer, void, undefined> {
  try {
    if (head.length > 0) yield head;
    for (;;) {
      const next = await chunks.next();
      if (next.done === true) return;
      onBytes(next.value.length);
      yield next.value;
    }
  } finally {
    // Whoever stops early closes the source too, or an open pipe would keep the process alive.
    await chunks.return?.();
  }
}
