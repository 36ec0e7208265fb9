/**
 * Where the replies lie that are remembered for calls that are made again, by the name of the call. It is
 * bounded in entries: past that, those of the lowest revision are forgotten. Outside the heap and checkpointed,
 * like the directory of keys.
 */

import { revision, type Revision } from "../base/index.js";
import { ENTRY_BYTES, readEntry, writeEntry, type KeydirEntry } from "./keydir-entry.js";
import { PageTree } from "./page-tree.js";
import type { TreeImage } from "./tree-image.js";
import { walkTree } from "./tree-walk.js";

/** A revision as bytes that sort like the number; the name of the call follows. */
const REVISION_BYTES = 6;

const NOTHING = Buffer.alloc(0);
const FROM_FIRST = { isDescending: false };

/** A remembered reply. Its `deadlineMs` is when it was committed. */
export type ReplyEntry = KeydirEntry;

export class Replies {
  /** By name. */
  readonly #entries: PageTree;
  /** By revision, so that the oldest comes first. */
  readonly #order: PageTree;
  readonly #payload = Buffer.alloc(ENTRY_BYTES);

  /** Trees that were read back, or none. */
  constructor(trees: {
    readonly entries?: PageTree | undefined;
    readonly order?: PageTree | undefined;
  }) {
    this.#entries = trees.entries ?? new PageTree(ENTRY_BYTES);
    this.#order = trees.order ?? new PageTree(NOTHING.length);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Pins the state of this moment to have its pages written down. */
  images(): { readonly entries: TreeImage; readonly order: TreeImage } {
    return { entries: this.#entries.image(), order: this.#order.image() };
  }

  get(name: Buffer): ReplyEntry | undefined {
    return this.#entries.get(name, readEntry);
  }

  /** Remembers it in place of one of the same name, which it returns. */
  put(name: Buffer, entry: ReplyEntry): ReplyEntry | undefined {
    writeEntry(entry, this.#payload);
    const before = this.#entries.replace(name, this.#payload, readEntry);
    if (before !== undefined && before.revision !== entry.revision) {
      this.#order.delete(orderName(before.revision, name));
    }
    if (before?.revision !== entry.revision) {
      this.#order.set(orderName(entry.revision, name), NOTHING);
    }
    return before;
  }

  /** The one of the lowest revision. */
  oldest(): ReplyEntry | undefined {
    const name = this.#oldestName();
    return name === undefined ? undefined : this.get(name);
  }

  /** Forgets the one of the lowest revision, and returns it. */
  forgetOldest(): ReplyEntry | undefined {
    const name = this.#oldestName();
    return name === undefined ? undefined : this.forget(name);
  }

  forget(name: Buffer): ReplyEntry | undefined {
    const entry = this.#entries.take(name, readEntry);
    if (entry !== undefined) this.#order.delete(orderName(entry.revision, name));
    return entry;
  }

  /** The next names in the order of revisions, from the given revision on, at most so many. */
  namesFrom(
    from: Revision,
    countMax: number,
  ): { readonly name: Buffer; readonly revision: Revision }[] {
    const names: { name: Buffer; revision: Revision }[] = [];
    const start = orderName(from, NOTHING);
    for (const { key } of walkTree(this.#newWindow, this.#order.root, { ...FROM_FIRST, start })) {
      if (names.length === countMax) break;
      const name = Buffer.from(key.subarray(REVISION_BYTES));
      names.push({ name, revision: revision(key.readUIntBE(0, REVISION_BYTES)) });
    }
    return names;
  }

  #oldestName(): Buffer | undefined {
    for (const { key } of walkTree(this.#newWindow, this.#order.root, FROM_FIRST)) {
      return Buffer.from(key.subarray(REVISION_BYTES));
    }
    return undefined;
  }

  readonly #newWindow = (page: number): ReturnType<PageTree["newWindow"]> =>
    this.#order.newWindow(page);
}

function orderName(of: Revision, name: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(REVISION_BYTES + name.length);
  bytes.writeUIntBE(of, 0, REVISION_BYTES);
  bytes.set(name, REVISION_BYTES);
  return bytes;
}
