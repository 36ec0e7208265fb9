/**
 * Ways in which the bytes of a batch can get to stable storage, each as a disk for the engine to be opened on. Only
 * the segment that batches go to is treated in another way; everything else is the real disk.
 */

import * as fs from "node:fs";

import { NodeFileSystem, type File, type FileSystem, type OpenMode } from "../../src/disk/index.js";

export const WAY_NAMES = [
  "ours",
  "zeros, write and fdatasync",
  "growing, O_DSYNC",
  "growing, write and fdatasync",
  "zeros, O_DSYNC, blocking",
] as const;
export type WayName = (typeof WAY_NAMES)[number];

export function fileSystemOf(way: WayName): FileSystem {
  const real = new NodeFileSystem();
  switch (way) {
    case "ours":
      return real;
    case "zeros, write and fdatasync":
      return new OtherWay(real, { openDurable: (path) => openSyncedApart(real, path) });
    case "growing, O_DSYNC":
      return new OtherWay(real, { isGrowing: true });
    case "growing, write and fdatasync":
      return new OtherWay(real, {
        isGrowing: true,
        openDurable: (path) => openSyncedApart(real, path),
      });
    case "zeros, O_DSYNC, blocking":
      return new OtherWay(real, { openDurable: (path) => openBlocking(real, path) });
  }
}

interface Otherness {
  readonly openDurable?: (path: string) => Promise<File>;
  /** Spares stay empty, so that each batch makes its file longer. */
  readonly isGrowing?: true;
}

class OtherWay implements FileSystem {
  readonly #real: FileSystem;
  readonly #otherness: Otherness;

  constructor(real: FileSystem, otherness: Otherness) {
    this.#real = real;
    this.#otherness = otherness;
  }

  async open(path: string, mode: OpenMode): Promise<File> {
    const file = await this.#real.open(path, mode);
    const isSpare = mode === "create" && /\/spare-[^/]*$/u.test(path);
    if (!isSpare || this.#otherness.isGrowing !== true) return file;
    return { ...verbsOf(file), write: () => Promise.resolve(), sync: () => Promise.resolve() };
  }

  openDurable(path: string): Promise<File> {
    return (this.#otherness.openDurable ?? this.#real.openDurable.bind(this.#real))(path);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#real.rename(from, to);
  }
  unlink(path: string): Promise<void> {
    return this.#real.unlink(path);
  }
  makeDirectory(path: string): Promise<void> {
    return this.#real.makeDirectory(path);
  }
  list(path: string): Promise<readonly string[]> {
    return this.#real.list(path);
  }
  exists(path: string): Promise<boolean> {
    return this.#real.exists(path);
  }
  syncDirectory(path: string): Promise<void> {
    return this.#real.syncDirectory(path);
  }
  lock(path: string): ReturnType<FileSystem["lock"]> {
    return this.#real.lock(path);
  }
}

/** Two calls to the disk, and so two trips through libuv's pool. */
async function openSyncedApart(real: FileSystem, path: string): Promise<File> {
  const file = await real.open(path, "write");
  return {
    ...verbsOf(file),
    write: async (bytes, offset) => {
      await file.write(bytes, offset);
      await file.sync();
    },
  };
}

/** No trip at all: the event loop stands still until the bytes are on stable storage. */
async function openBlocking(real: FileSystem, path: string): Promise<File> {
  const file = await real.open(path, "write");
  const descriptor = fs.openSync(path, fs.constants.O_WRONLY | fs.constants.O_DSYNC);
  return {
    ...verbsOf(file),
    write: (bytes, offset) => {
      const written = fs.writeSync(descriptor, bytes, 0, bytes.length, offset);
      if (written === bytes.length) return Promise.resolve();
      return Promise.reject(new Error(`only ${String(written)} bytes were written`));
    },
    close: () => {
      fs.closeSync(descriptor);
      return file.close();
    },
  };
}

function verbsOf(file: File): File {
  return {
    read: (into, offset) => file.read(into, offset),
    write: (bytes, offset) => file.write(bytes, offset),
    sync: () => file.sync(),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    sizeBytes: () => file.sizeBytes(),
    close: () => file.close(),
  };
}
