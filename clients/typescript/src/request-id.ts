/**
 * Names for writes, so that they can be made again: 16 random bytes, as 22 characters of base64url. They come from a pool that is
 * filled at once, since a few bytes cost the system as much as a few thousand.
 */

import { randomFillSync } from "node:crypto";

const ID_BYTES = 16;
const IDS_PER_POOL = 512;

const pool = Buffer.allocUnsafeSlow(ID_BYTES * IDS_PER_POOL);
let used = pool.length;

export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const start = used;
  used += ID_BYTES;
  return pool.toString("base64url", start, used);
}
