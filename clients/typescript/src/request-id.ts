/**
 * Names for writes, so that they can be made again: 22 random characters of base64url, which are 132 bits. They are cut from a text that
 * is made at once, since a few bytes cost the system as much as a few thousand, and a cut costs a tenth of making a text.
 */

import { randomFillSync } from "node:crypto";

const ID_LENGTH = 22;
const IDS_PER_POOL = 512;
const BITS_PER_CHARACTER = 6;

const random = Buffer.allocUnsafeSlow((ID_LENGTH * IDS_PER_POOL * BITS_PER_CHARACTER) / 8);
let pool = "";
let used = 0;

export function newRequestId(): string {
  if (used === pool.length) {
    pool = randomFillSync(random).toString("base64url");
    used = 0;
  }
  const start = used;
  used += ID_LENGTH;
  return pool.slice(start, used);
}
