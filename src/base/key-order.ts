/**
 * What it takes to keep keys in an order: a reversible map from keys to names, which are byte strings whose
 * order, byte by byte, is the order of the keys. So whatever is sorted by bytes can be sorted by any order.
 */

/** Orders in which a store can keep its keys; chosen when it is created, and for good. */
export const KEY_ORDERS = ["bytes", "reverse", "natural", "case-insensitive"] as const;
export type KeyOrderName = (typeof KEY_ORDERS)[number];

/** Where in the order some keys lie, by their names. */
export interface NameStretch {
  /** The lowest name, included; absent: from the first. */
  readonly start: Buffer | undefined;
  /** The highest name, excluded; absent: to the last. */
  readonly end: Buffer | undefined;
}

/** Where all keys with a prefix lie. */
export interface PrefixStretch extends NameStretch {
  /** Whether all keys that lie there have the prefix. */
  readonly isExact: boolean;
}

export interface KeyOrder {
  readonly id: KeyOrderName;
  /** Of any byte string. May be the key itself, without a copy. */
  readonly nameOf: (key: Buffer) => Buffer;
  /** Of a name that `nameOf` gave; the key from which it was made. */
  readonly keyOf: (name: Buffer) => Buffer;
  /** The smallest stretch that holds all keys with the prefix. */
  readonly stretchOf: (prefix: Buffer) => PrefixStretch;
  /** The most bytes of a name whose key is UTF-8 and has so many bytes. */
  readonly nameBytesMax: (keyBytes: number) => number;
}

/** All names that begin with these bytes. */
export function namesFrom(start: Buffer): NameStretch {
  return { start: start.length === 0 ? undefined : start, end: successorOf(start) };
}

/** The lowest byte string above all that begin with these bytes; undefined: there is none. */
function successorOf(bytes: Buffer): Buffer | undefined {
  const last = bytes.findLastIndex((byte) => byte !== 0xff);
  if (last === -1) return undefined;
  const successor = Buffer.from(bytes.subarray(0, last + 1));
  successor.writeUInt8(successor.readUInt8(last) + 1, last);
  return successor;
}
