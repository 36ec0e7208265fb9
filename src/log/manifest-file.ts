/** The manifest of a store, as a file that is replaced whole: the one in force, and the one way to change it. */

import { join } from "node:path";

import { KvError, MIB, systemErrorCode } from "../base/index.js";
import { AtomicFile, readWholeFile, type FileSystem, type MakeRoom } from "../disk/index.js";
import { decodeManifest, encodeManifest, MANIFEST_NAME, type Manifest } from "./manifest-format.js";

/** A hundred bytes a segment: room for more segments than a directory should hold. */
const MANIFEST_BYTES_MAX = 64 * MIB;

/** The manifest of a directory, or undefined where there is none. */
export async function readManifest(
  fileSystem: FileSystem,
  directory: string,
): Promise<Manifest | undefined> {
  const path = join(directory, MANIFEST_NAME);
  try {
    return decodeManifest(await readWholeFile(fileSystem, path, MANIFEST_BYTES_MAX));
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Swaps happen one after the other. */
export class ManifestFile {
  readonly #file: AtomicFile;
  #current: Manifest;
  #lastSwap: Promise<void> = Promise.resolve();
  #isAllocatedAhead = false;
  #makeRoom: MakeRoom | undefined;
  #failure: Error | undefined;
  #onFailure: (error: unknown) => void = () => undefined;

  constructor(fileSystem: FileSystem, directory: string, current: Manifest) {
    this.#file = new AtomicFile(fileSystem, join(directory, MANIFEST_NAME));
    this.#current = current;
  }

  get current(): Manifest {
    return this.#current;
  }

  /** Has `listener` told when a swap failed, which ends the right to write. */
  onFailure(listener: (error: unknown) => void): void {
    this.#onFailure = listener;
  }

  /**
   * From now on keeps room for the next swap, so that a full disk cannot stand in its way; and where that
   * was not to be had either, `makeRoom` is asked to give some back.
   */
  allocateAhead(makeRoom: MakeRoom): void {
    this.#isAllocatedAhead = true;
    this.#makeRoom = makeRoom;
    this.#allocate();
  }

  /** Fails every later swap: the right to write has ended, or the directory is about to be another's. */
  refuse(error: Error): void {
    this.#failure ??= error;
  }

  /** Waits for the swaps under way and gives back the room. */
  async close(): Promise<void> {
    await this.#lastSwap;
    this.refuse(new KvError("DRAINING", "the store is closed"));
    if (this.#isAllocatedAhead) await this.#file.discardAhead();
  }

  /**
   * Swaps in what `change` makes of the manifest in force. After a failure nobody knows which of the
   * two is on disk, so every later swap fails with the same error.
   */
  swap(change: (current: Manifest) => Manifest): Promise<void> {
    const swapped = this.#lastSwap.then(() => this.#swapNow(change));
    this.#lastSwap = swapped.catch(() => undefined);
    if (this.#isAllocatedAhead) this.#allocate();
    return swapped;
  }

  async #swapNow(change: (current: Manifest) => Manifest): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const next = { ...change(this.#current), generation: this.#current.generation + 1 };
    try {
      await this.#file.prepare(encodeManifest(next), this.#makeRoom);
      await this.#file.commit();
    } catch (error) {
      this.#failure = error instanceof Error ? error : new Error(String(error));
      this.#onFailure(error);
      throw error;
    }
    this.#current = next;
  }

  #allocate(): void {
    this.#lastSwap = this.#lastSwap.then(() => {
      if (this.#failure !== undefined) return undefined;
      return this.#file.allocateAhead(encodeManifest(this.#current).length);
    });
  }
}
