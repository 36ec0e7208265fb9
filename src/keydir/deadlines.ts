/** Which keys expire and when, in the order of their deadlines: what is due comes first. */

import { timeMs, type TimeMs } from "../base/index.js";
import { fromByteString, type ByteString } from "./byte-string.js";
import { newOrderedMap, type OrderedMap } from "./ordered-map.js";

/** A deadline as bytes that sort like the number: 64 bits, big-endian. */
const DEADLINE_BYTES = 8;

export class Deadlines {
  readonly #map: OrderedMap<true> = newOrderedMap();

  get size(): number {
    return this.#map.size;
  }

  add(deadlineMs: TimeMs, key: Buffer): void {
    this.#map.set(nameOf(deadlineMs, key), true);
  }

  remove(deadlineMs: TimeMs, key: Buffer): void {
    this.#map.delete(nameOf(deadlineMs, key));
  }

  /** The nearest deadline, or undefined when no key expires. */
  next(): TimeMs | undefined {
    const first = this.#map.minKey();
    return first === undefined ? undefined : deadlineOf(first);
  }

  /** Keys whose deadline is at `nowMs` or before, soonest first, at most `countMax` of them. */
  due(nowMs: TimeMs, countMax: number): Buffer[] {
    const keys: Buffer[] = [];
    for (const name of this.#map.keys()) {
      if (keys.length === countMax || deadlineOf(name) > nowMs) break;
      keys.push(fromByteString(name).subarray(DEADLINE_BYTES));
    }
    return keys;
  }

  /** How many keys are due, counted up to `countMax`. */
  dueCount(nowMs: TimeMs, countMax: number): number {
    let count = 0;
    for (const name of this.#map.keys()) {
      if (count === countMax || deadlineOf(name) > nowMs) break;
      count++;
    }
    return count;
  }
}

function nameOf(deadlineMs: TimeMs, key: Buffer): ByteString {
  const bytes = Buffer.allocUnsafe(DEADLINE_BYTES + key.length);
  bytes.writeBigUInt64BE(BigInt(deadlineMs), 0);
  bytes.set(key, DEADLINE_BYTES);
  return bytes.toString("latin1") as ByteString;
}

function deadlineOf(name: ByteString): TimeMs {
  return timeMs(
    Number(fromByteString(name.slice(0, DEADLINE_BYTES) as ByteString).readBigUInt64BE(0)),
  );
}
