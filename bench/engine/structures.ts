/** What is compared: our directory of keys, and what a store in plain JavaScript would take. */

import BTreeModule from "sorted-btree";

import { revision, segmentId, timeMs } from "../../src/base/index.js";
import { Keydir, type KeydirEntry } from "../../src/keydir/index.js";
import { KEY_BYTES, type StructureName } from "./options.js";

export interface Structure {
  readonly size: number;
  /** Maps the key that begins there to the entry of that number; each makes of it the key it takes. */
  put(keys: Buffer, at: number, number: number): void;
  /** The entry's offset; -1: there is no such key. */
  offsetOf(keys: Buffer, at: number): number;
  /** Every entry; in key order where there is one. */
  scan(): Iterator<unknown>;
  /** What the structure says of its memory itself, where it does. */
  readonly ownBytes?: number | undefined;
}

export function newStructure(name: StructureName): Structure {
  if (name === "keydir") return new KeydirStructure();
  return name === "map" ? new MapStructure() : new BTreeStructure();
}

function entryOf(number: number): KeydirEntry {
  return {
    segment: segmentId(1 + (number >>> 20)),
    offset: number,
    length: 200,
    revision: revision(number + 1),
    index: 0,
    createRevision: revision(number + 1),
    version: 1,
    deadlineMs: timeMs(0),
    isTombstone: false,
  };
}

class KeydirStructure implements Structure {
  readonly #keydir = new Keydir();

  get size(): number {
    return this.#keydir.size;
  }
  get ownBytes(): number {
    return this.#keydir.memoryBytes;
  }
  put(keys: Buffer, at: number, number: number): void {
    this.#keydir.put(keys.subarray(at, at + KEY_BYTES), entryOf(number));
  }
  offsetOf(keys: Buffer, at: number): number {
    return this.#keydir.get(keys.subarray(at, at + KEY_BYTES))?.offset ?? -1;
  }
  *scan(): Iterator<unknown> {
    const view = this.#keydir.pin();
    try {
      yield* view.walk({ isDescending: false });
    } finally {
      view.release();
    }
  }
}

class MapStructure implements Structure {
  readonly #map = new Map<string, KeydirEntry>();

  get size(): number {
    return this.#map.size;
  }
  put(keys: Buffer, at: number, number: number): void {
    this.#map.set(keys.toString("latin1", at, at + KEY_BYTES), entryOf(number));
  }
  offsetOf(keys: Buffer, at: number): number {
    return this.#map.get(keys.toString("latin1", at, at + KEY_BYTES))?.offset ?? -1;
  }
  scan(): Iterator<unknown> {
    return this.#map.entries();
  }
}

// The package is CommonJS: its default export is a property of what Node.js gives as the default.
const BTree = BTreeModule.default;

class BTreeStructure implements Structure {
  readonly #tree = new BTree<string, KeydirEntry>();

  get size(): number {
    return this.#tree.size;
  }
  put(keys: Buffer, at: number, number: number): void {
    this.#tree.set(keys.toString("latin1", at, at + KEY_BYTES), entryOf(number));
  }
  offsetOf(keys: Buffer, at: number): number {
    return this.#tree.get(keys.toString("latin1", at, at + KEY_BYTES))?.offset ?? -1;
  }
  scan(): Iterator<unknown> {
    return this.#tree.entries();
  }
}
