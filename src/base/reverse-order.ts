/**
 * Keys from the last to the first, as their bytes go: a name is the key's codes and an end, each of its bits
 * turned over. With the end, "ab" comes before "a".
 */

import { namesFrom, type KeyOrder } from "./key-order.js";
import { CodeReader, codesOf, END, writeCodes } from "./name-codes.js";

export const REVERSE_ORDER: KeyOrder = {
  id: "reverse",
  nameOf(key) {
    const name = Buffer.allocUnsafe(2 * key.length + 1);
    const end = writeCodes(key, name);
    name[end] = END.LOW;
    return turnedOver(name.subarray(0, end + 1));
  },
  keyOf(name) {
    const codes = new CodeReader(turnedOver(Buffer.from(name)));
    const key = Buffer.allocUnsafe(name.length);
    let length = 0;
    for (let code = codes.next(); code !== END.LOW; code = codes.next()) {
      key[length++] = codes.byteOf(code);
    }
    return key.subarray(0, length);
  },
  stretchOf: (prefix) => ({ ...namesFrom(turnedOver(codesOf(prefix))), isExact: true }),
  nameBytesMax: (keyBytes) => keyBytes + 1,
};

/** In place. */
function turnedOver(bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length; at++) bytes[at] = ~(bytes[at] ?? 0);
  return bytes;
}
