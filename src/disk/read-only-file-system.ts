/**
 * A disk of which only the verbs that read work: whoever gets it changes nothing, whatever else is wrong with
 * it. It tells how much was read.
 */

import { assert } from "../base/index.js";
import type { DirectoryLock, File, FileSystem, OpenMode } from "./file-system.js";

export class ReadOnlyFileSystem implements FileSystem {
  readonly #inner: FileSystem;
  readonly #onRead: (bytes: number) => void;

  /** `onRead` is told of the bytes of each read; what it throws, the read throws. */
  constructor(inner: FileSystem, onRead: (bytes: number) => void) {
    this.#inner = inner;
    this.#onRead = onRead;
  }

  async open(path: string, mode: OpenMode): Promise<File> {
    assert(mode === "read", "files are opened for reading");
    return new ReadOnlyFile(await this.#inner.open(path, "read"), this.#onRead);
  }

  list(path: string): Promise<readonly string[]> {
    return this.#inner.list(path);
  }

  exists(path: string): Promise<boolean> {
    return this.#inner.exists(path);
  }

  openDurable(): Promise<File> {
    return refuse();
  }
  rename(): Promise<void> {
    return refuse();
  }
  unlink(): Promise<void> {
    return refuse();
  }
  makeDirectory(): Promise<void> {
    return refuse();
  }
  syncDirectory(): Promise<void> {
    return refuse();
  }
  lock(): Promise<DirectoryLock | undefined> {
    return refuse();
  }
}

class ReadOnlyFile implements File {
  readonly #inner: File;
  readonly #onRead: (bytes: number) => void;

  constructor(inner: File, onRead: (bytes: number) => void) {
    this.#inner = inner;
    this.#onRead = onRead;
  }

  async read(into: Buffer, offset: number): Promise<number> {
    const count = await this.#inner.read(into, offset);
    this.#onRead(count);
    return count;
  }

  sizeBytes(): Promise<number> {
    return this.#inner.sizeBytes();
  }
  close(): Promise<void> {
    return this.#inner.close();
  }

  write(): Promise<void> {
    return refuse();
  }
  sync(): Promise<void> {
    return refuse();
  }
  truncate(): Promise<void> {
    return refuse();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("bug: this disk is only read"));
}
