/**
 * Ways in which the bytes of a batch can get to stable storage, each as a disk for the engine to be opened on. Only
 * the segment that batches go to is treated in another way; everything else is the real disk.
 */

import * as fs from "node:fs";

import {
  NodeFileSystem,
  type DurableFile,
  type File,
  type FileSystem,
  type OpenMode,
} from "../../src/disk/index.js";

export const WAY_NAMES = [
  "ours",
  "zeros, O_DSYNC",
  "zeros, write and fdatasync",
  "growing, O_DSYNC",
  "growing, write and fdatasync",
  "zeros, O_DSYNC, all blocking",
] as const;
export type WayName = (typeof WAY_NAMES)[number];

interface Way {
  /** Spares stay empty, so that each batch makes its file longer. */
  readonly isGrowing: boolean;
  readonly open: (real: FileSystem, path: string) => Promise<File>;
}

const WAYS: Readonly<Record<Exclude<WayName, "ours">, Way>> = {
  "zeros, O_DSYNC": { isGrowing: false, open: openAside },
  "zeros, write and fdatasync": { isGrowing: false, open: openSyncedApart },
  "growing, O_DSYNC": { isGrowing: true, open: openAside },
  "growing, write and fdatasync": { isGrowing: true, open: openSyncedApart },
  "zeros, O_DSYNC, all blocking": { isGrowing: false, open: openBlocking },
};

/**
 * `ask` asks the engine for something: ours then has the write go on in another thread, so that a way is
 * the same for all commits.
 */
export function fileSystemOf(name: WayName, ask: () => void): FileSystem {
  const real = new NodeFileSystem();
  return name === "ours" ? real : new OtherWay(real, WAYS[name], ask);
}

class OtherWay implements FileSystem {
  readonly #real: FileSystem;
  readonly #way: Way;
  readonly #ask: () => void;

  constructor(real: FileSystem, way: Way, ask: () => void) {
    this.#real = real;
    this.#way = way;
    this.#ask = ask;
  }

  async open(path: string, mode: OpenMode): Promise<File> {
    const file = await this.#real.open(path, mode);
    const isSpare = mode === "create" && /\/spare-[^/]*$/u.test(path);
    if (!isSpare || !this.#way.isGrowing) return file;
    return { ...verbsOf(file), write: () => Promise.resolve(), sync: () => Promise.resolve() };
  }

  async openDurable(path: string): Promise<DurableFile> {
    const file = await this.#way.open(this.#real, path);
    return {
      ...verbsOf(file),
      write: (bytes, offset) => {
        const written = file.write(bytes, offset);
        this.#ask();
        return written;
      },
      writeBlocking: () => {
        throw new Error("something is asked for during each write, so none may block");
      },
    };
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

/** One call to the disk, on another thread. */
function openAside(real: FileSystem, path: string): Promise<File> {
  return real.openDurable(path);
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
