/**
 * A large file that is synced as it grows: one sync for all of it at its end would keep the disk busy for
 * so long that the commits behind it stall.
 */

import { MIB } from "../base/index.js";
import type { File } from "./file-system.js";

/** A disk takes this much in a few milliseconds. */
const UNSYNCED_BYTES_MAX = 2 * MIB;

export class SteadyFile implements File {
  readonly #file: File;
  #unsyncedBytes = 0;

  constructor(file: File) {
    this.#file = file;
  }

  read(into: Buffer, offset: number): Promise<number> {
    return this.#file.read(into, offset);
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    await this.#file.write(bytes, offset);
    this.#unsyncedBytes += bytes.length;
    if (this.#unsyncedBytes >= UNSYNCED_BYTES_MAX) await this.sync();
  }

  async sync(): Promise<void> {
    await this.#file.sync();
    this.#unsyncedBytes = 0;
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#file.truncate(sizeBytes);
  }

  sizeBytes(): Promise<number> {
    return this.#file.sizeBytes();
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
