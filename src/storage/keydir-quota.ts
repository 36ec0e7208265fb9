/**
 * Keeps the memory for keys within its bound: past it new keys are refused, and everything else goes on. What
 * views, snapshots and checkpoints keep of pages that were changed since comes on top, and goes with them: were
 * it counted, a store that is half full would refuse keys now and then for no reason that anyone could see.
 */

import { KvError, type TimeMs } from "../base/index.js";
import type { Keydir } from "../keydir/index.js";
import type { Trouble } from "./storage-status.js";

export interface KeydirQuotaOptions {
  readonly keydir: Keydir;
  readonly keydirBytesMax: number;
  readonly nowMs: () => TimeMs;
}

interface Refusal extends Trouble {
  /** What the key would have taken. */
  readonly bytes: number;
}

export class KeydirQuota {
  readonly #options: KeydirQuotaOptions;
  #refusal: Refusal | undefined;

  constructor(options: KeydirQuotaOptions) {
    this.#options = options;
  }

  /** Set from the first new key that was refused until there is room for one like it. */
  get problem(): Trouble | undefined {
    this.#settle();
    return this.#refusal;
  }

  /** Throws QUOTA when a new key would need more memory than `limits.keydir_bytes`. */
  admit(key: Buffer): void {
    const { keydir, keydirBytesMax, nowMs } = this.#options;
    const bytes = keydir.costOf(key);
    this.#settle();
    if (this.#hasRoom(bytes)) return;
    const message =
      `limits.keydir_bytes: ${String(keydir.size)} keys take the ${String(keydirBytesMax)} bytes ` +
      "that are allowed: delete some, or raise the limit";
    this.#refusal ??= { message, sinceMs: nowMs(), bytes };
    throw new KvError("QUOTA", message);
  }

  #settle(): void {
    if (this.#refusal !== undefined && this.#hasRoom(this.#refusal.bytes))
      this.#refusal = undefined;
  }

  #hasRoom(bytes: number): boolean {
    return this.#options.keydir.ownBytes + bytes <= this.#options.keydirBytesMax;
  }
}
