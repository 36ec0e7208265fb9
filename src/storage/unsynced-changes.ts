/**
 * What was applied and is not durable yet, for followers to be told of once it is. Bounded by the commit queue.
 */

import type { Revision } from "../base/index.js";
import type { KeydirEntry } from "../keydir/index.js";
import { RecordType, type LogRecord } from "../log/index.js";
import { ChangedKeys } from "./changed-keys.js";

/** A change of a key that is on stable storage. */
export interface DurableChange {
  readonly record: LogRecord;
  /** The entry of the key before this change, where that was noted and there was one. */
  readonly replaced: KeydirEntry | undefined;
}

/** Everything up to the revision is durable; these are the changes that have become so. */
type Listener = (lastRevision: Revision, changes: readonly DurableChange[]) => void;

export class UnsyncedChanges {
  /** Whether each change is told with the entry that it replaced, which costs a look into the keydir. */
  notesReplaced = false;
  /** Oldest first; those before `#first` were told. */
  #changes: DurableChange[] = [];
  #first = 0;
  #listener: Listener = () => undefined;
  readonly #watched = new Set<ChangedKeys>();

  /** Has `listener` told of all changes, once they are durable and before anyone's wait for it ends. */
  listen(listener: Listener): void {
    this.#listener = listener;
  }

  /** The keys that change from now on, durably or not, until the result is disposed of. */
  watchKeys(): ChangedKeys {
    const keys = new ChangedKeys((unwatched) => {
      this.#watched.delete(unwatched);
    });
    this.#watched.add(keys);
    return keys;
  }

  add(record: LogRecord, replaced: KeydirEntry | undefined): void {
    // A reply is remembered, but changes no key.
    if (record.type === RecordType.REPLY) return;
    this.#changes.push({ record, replaced });
    if (this.#watched.size > 0) for (const keys of this.#watched) keys.add(record.key);
  }

  /** Everything up to this revision is durable. */
  settle(durable: Revision): void {
    const from = this.#first;
    let end = from;
    while ((this.#changes[end]?.record.revision ?? Infinity) <= durable) end++;
    const settled = this.#changes.slice(from, end);
    this.#first = end;
    // Moving the rest down each time would cost as much as the rest is long.
    if (end * 2 >= this.#changes.length) {
      this.#changes = this.#changes.slice(end);
      this.#first = 0;
    }
    this.#listener(durable, settled);
  }
}
