/** The B+tree of sorted-btree, typed for byte strings. Its clones share nodes until one side writes. */

import sortedBtree from "sorted-btree";

import { compareByteStrings, type ByteString } from "./byte-string.js";

export type OrderedMap<V> = sortedBtree.default<ByteString, V>;

export function newOrderedMap<V>(): OrderedMap<V> {
  return new sortedBtree.default<ByteString, V>(undefined, compareByteStrings);
}
