/** The orders that there are. */

import { CASE_INSENSITIVE_ORDER } from "./case-insensitive-order.js";
import { namesFrom, type KeyOrder, type KeyOrderName } from "./key-order.js";
import { NATURAL_ORDER } from "./natural-order.js";
import { REVERSE_ORDER } from "./reverse-order.js";

/** Keys as their bytes go: they are their own names, and cost nothing. */
export const BYTES_ORDER: KeyOrder = {
  id: "bytes",
  nameOf: (key) => key,
  keyOf: (name) => name,
  stretchOf: (prefix) => ({ ...namesFrom(prefix), isExact: true }),
  nameBytesMax: (keyBytes) => keyBytes,
};

const ORDERS: Readonly<Record<KeyOrderName, KeyOrder>> = {
  bytes: BYTES_ORDER,
  reverse: REVERSE_ORDER,
  natural: NATURAL_ORDER,
  "case-insensitive": CASE_INSENSITIVE_ORDER,
};

export function keyOrderOf(id: KeyOrderName): KeyOrder {
  return ORDERS[id];
}
