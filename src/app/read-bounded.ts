/** Reads a stream whole, up to a bound: what people name as a small file may turn out to be anything. */

import type { Readable } from "node:stream";

import { KvError } from "../base/index.js";
import { formatByteSize } from "./byte-size.js";

/** Throws INVALID_FIELD past `bytesMax`, and what the stream throws. */
export async function readBounded(stream: Readable, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) {
      throw new KvError("INVALID_FIELD", `it is longer than ${formatByteSize(bytesMax)}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
