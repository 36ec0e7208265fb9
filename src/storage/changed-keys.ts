/**
 * The keys that have changed since someone began to look at many of them, a few at a time: what was found out
 * before is still so of all others.
 */

/** They are taken every few milliseconds, so there are this many only if whoever takes them had to wait for long. */
const KEYS_MAX = 65_536;

export class ChangedKeys implements Disposable {
  readonly #onDispose: (keys: ChangedKeys) => void;
  readonly #keys: Buffer[] = [];
  #hasLost = false;

  constructor(onDispose: (keys: ChangedKeys) => void) {
    this.#onDispose = onDispose;
  }

  /** There were too many: nobody knows them all. */
  get hasLost(): boolean {
    return this.#hasLost;
  }

  add(key: Buffer): void {
    if (this.#keys.length < KEYS_MAX) this.#keys.push(key);
    else this.#hasLost = true;
  }

  /** One that has changed, perhaps several times, and is not among them any more unless it changes again. */
  take(): Buffer | undefined {
    return this.#keys.pop();
  }

  [Symbol.dispose](): void {
    this.#onDispose(this);
  }
}
