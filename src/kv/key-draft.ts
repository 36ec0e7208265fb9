/**
 * A key as a transaction under way sees it: as it was before, and what the operations so far have made of it.
 * Nobody else sees what is in between, so what is written are only the ends: the delete of what was there
 * before, if the key was deleted on the way, and the set or touch of what is there at last.
 */

import { NO_DEADLINE, present, type Revision, type TimeMs } from "../base/index.js";
import type { Change, StorageEngine, StoredValue } from "../storage/index.js";
import type { Entry } from "./write-commands.js";

export type KeydirEntry = NonNullable<ReturnType<StorageEngine["lookup"]>>;

/** Which revision the changes of a transaction have, and when they are committed. */
export interface Moment {
  readonly revision: Revision;
  readonly nowMs: TimeMs;
}

const NO_VALUE = Buffer.alloc(0);

export class KeyDraft {
  readonly key: Buffer;
  readonly #before: KeydirEntry | undefined;
  readonly #stored: StoredValue | undefined;
  #isThere: boolean;
  #value: Buffer;
  #contentType: string;
  #deadlineMs: TimeMs;
  /** Since the key was made, if this transaction made it. */
  #setCount = 0;
  #isChanged = false;
  /** What was there before was deleted. */
  #isEnded = false;

  /** `stored` may be left out where nothing asks for the value that the key has before. */
  constructor(key: Buffer, before: KeydirEntry | undefined, stored: StoredValue | undefined) {
    this.key = key;
    this.#before = before;
    this.#stored = stored;
    this.#isThere = before !== undefined;
    this.#value = stored?.value ?? NO_VALUE;
    this.#contentType = stored?.contentType ?? "";
    this.#deadlineMs = before?.deadlineMs ?? NO_DEADLINE;
  }

  get isThere(): boolean {
    return this.#isThere;
  }
  /** There at last, and not before. */
  get isNew(): boolean {
    return this.#isThere && this.#before === undefined;
  }
  get value(): Buffer {
    return this.#value;
  }
  get contentType(): string {
    return this.#contentType;
  }
  get deadlineMs(): TimeMs {
    return this.#deadlineMs;
  }

  put(value: Buffer, contentType: string, deadlineMs: TimeMs): void {
    this.#isChanged = true;
    this.#isThere = true;
    this.#setCount++;
    this.#value = value;
    this.#contentType = contentType;
    this.#deadlineMs = deadlineMs;
  }

  /** Of a key that is there. */
  touch(deadlineMs: TimeMs): void {
    this.#isChanged = true;
    this.#deadlineMs = deadlineMs;
  }

  /** Of a key that is there. */
  remove(): void {
    this.#isChanged = true;
    this.#isThere = false;
    this.#isEnded = this.#before !== undefined;
    this.#setCount = 0;
    this.#deadlineMs = NO_DEADLINE;
  }

  /** The entry as it is now; undefined where there is none. */
  entry({ revision, nowMs }: Moment): Entry | undefined {
    if (!this.#isThere) return undefined;
    const base = this.#isEnded ? undefined : this.#before;
    return {
      key: this.key,
      value: this.#value,
      revision: this.#isChanged ? revision : present(base, "an entry").revision,
      createRevision: base?.createRevision ?? revision,
      version: (base?.version ?? 0) + this.#setCount,
      deadlineMs: this.#deadlineMs,
      updateTimeMs: this.#isChanged ? nowMs : present(this.#stored, "a value").updateTimeMs,
      contentType: this.#contentType,
    };
  }

  /** What the transaction does to the key, all in all. Nothing, where it made the key and ended it again. */
  changes(): readonly Change[] {
    if (!this.#isChanged) return [];
    const ending: Change[] = this.#isEnded ? [{ kind: "delete", key: this.key }] : [];
    if (!this.#isThere) return ending;
    const put = {
      key: this.key,
      value: this.#value,
      contentType: this.#contentType,
      deadlineMs: this.#deadlineMs,
    };
    if (this.#setCount === 0) return [{ kind: "touch", ...put }];
    return [...ending, { kind: "set", ...put, setCount: this.#setCount, isAnew: this.#isEnded }];
  }
}
