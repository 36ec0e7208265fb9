/** Which keys expire and when, in the order of their deadlines: what is due comes first. */

import { timeMs, type TimeMs } from "../base/index.js";
import { PageTree } from "./page-tree.js";
import type { TreeImage } from "./tree-image.js";
import { countBelow, walkTree } from "./tree-walk.js";

/** A deadline as bytes that sort like the number: 48 bits, big-endian; the key follows. */
const DEADLINE_BYTES = 6;

const NOTHING = Buffer.alloc(0);
const FROM_FIRST = { isDescending: false };

export class Deadlines {
  readonly #tree: PageTree;

  /** `tree`: one that was read back. */
  constructor(tree = new PageTree(NOTHING.length)) {
    this.#tree = tree;
  }

  get size(): number {
    return this.#tree.size;
  }
  /** What the deadlines take of memory, in bytes. */
  get memoryBytes(): number {
    return this.#tree.usedBytes;
  }
  /** Of that, without what only views keep. */
  get ownBytes(): number {
    return this.#tree.ownBytes;
  }

  /** Pins the state of this moment to have its pages written down. */
  image(): TreeImage {
    return this.#tree.image();
  }

  add(deadlineMs: TimeMs, key: Buffer): void {
    this.#tree.set(nameOf(deadlineMs, key), NOTHING);
  }

  remove(deadlineMs: TimeMs, key: Buffer): void {
    this.#tree.delete(nameOf(deadlineMs, key));
  }

  /** The nearest deadline, or undefined when no key expires. */
  next(): TimeMs | undefined {
    for (const { key } of this.#walk()) return deadlineOf(key);
    return undefined;
  }

  /** Keys whose deadline is at `nowMs` or before, soonest first, at most `countMax` of them. */
  due(nowMs: TimeMs, countMax: number): Buffer[] {
    const keys: Buffer[] = [];
    for (const { key: name } of this.#walk()) {
      if (keys.length === countMax || deadlineOf(name) > nowMs) break;
      keys.push(name.subarray(DEADLINE_BYTES));
    }
    return keys;
  }

  /** How many keys are due. */
  dueCount(nowMs: TimeMs): number {
    const behind = nameOf(timeMs(nowMs + 1), NOTHING);
    return countBelow((page) => this.#tree.newWindow(page), this.#tree.root, behind);
  }

  #walk(): ReturnType<typeof walkTree> {
    return walkTree((page) => this.#tree.newWindow(page), this.#tree.root, FROM_FIRST);
  }
}

function nameOf(deadlineMs: TimeMs, key: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(DEADLINE_BYTES + key.length);
  bytes.writeUIntBE(deadlineMs, 0, DEADLINE_BYTES);
  bytes.set(key, DEADLINE_BYTES);
  return bytes;
}

function deadlineOf(name: Buffer): TimeMs {
  return timeMs(name.readUIntBE(0, DEADLINE_BYTES));
}
