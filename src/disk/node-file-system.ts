/** The real disk: node:fs, with the directory syncs and the short writes that it leaves to its callers. */

import * as fs from "node:fs";
import { promisify } from "node:util";

import locks from "fs-native-extensions";

import { DescriptorReserve, isShortage } from "./descriptor-reserve.js";
import type { DirectoryLock, File, FileSystem, OpenMode } from "./file-system.js";
import { readInPool } from "./pool-read.js";
import { SMALL_READ_BYTES_MAX } from "./read-tray.js";
import { SharedTrips } from "./shared-trips.js";

const open = promisify(fs.open);
const close = promisify(fs.close);
const fsync = promisify(fs.fsync);
const fdatasync = promisify(fs.fdatasync);
const ftruncate = promisify(fs.ftruncate);
const fstat = promisify(fs.fstat);

/** Without it, to open a named pipe would wait for someone who writes into it. Windows knows no such flag. */
const NO_WAIT = process.platform === "win32" ? 0 : fs.constants.O_NONBLOCK;

const OPEN_FLAGS: Record<OpenMode, number> = {
  read: fs.constants.O_RDONLY | NO_WAIT,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
};

/** Only the owner may read what the store keeps. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** O_DSYNC means stable storage on Linux; elsewhere a plain fsync is what Node.js makes strong. */
const HAS_DURABLE_WRITES = process.platform === "linux";

/** Ten seconds in all. */
const OPEN_ATTEMPTS_MAX = 100;
const OPEN_RETRY_DELAY_MS = 100;

/** What all files of a file system share. */
interface Means {
  readonly reserve: DescriptorReserve;
  readonly trips: SharedTrips;
}

class NodeFile implements File {
  readonly #path: string;
  readonly #means: Means;
  #openDescriptor: number | undefined;

  constructor(path: string, descriptor: number, means: Means) {
    this.#path = path;
    this.#openDescriptor = descriptor;
    this.#means = means;
  }

  read(into: Buffer, offset: number): Promise<number> {
    const descriptor = this.#openDescriptor;
    if (descriptor === undefined) return Promise.reject(this.#closedError());
    const isShared = into.length <= SMALL_READ_BYTES_MAX;
    return isShared
      ? this.#means.trips.read(descriptor, into, offset)
      : readInPool(descriptor, into, offset);
  }

  write(bytes: Uint8Array, offset: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const descriptor = this.#descriptor();
      const writeFrom = (done: number): void => {
        const left = bytes.length - done;
        fs.write(descriptor, bytes, done, left, offset + done, (error, count) => {
          if (error !== null) reject(error);
          else if (count === left) resolve();
          // A disk that takes nothing and names no error would have us try for ever.
          else if (count === 0) reject(shortWrite());
          else writeFrom(done + count);
        });
      };
      writeFrom(0);
    });
  }

  async sync(): Promise<void> {
    await fdatasync(this.#descriptor());
  }

  async truncate(sizeBytes: number): Promise<void> {
    await ftruncate(this.#descriptor(), sizeBytes);
  }

  async sizeBytes(): Promise<number> {
    return (await fstat(this.#descriptor())).size;
  }

  async close(): Promise<void> {
    const descriptor = this.#openDescriptor;
    // Forgotten before the call, and for good: the number may belong to another file from then on.
    this.#openDescriptor = undefined;
    if (descriptor !== undefined) await closeFor(this.#means.reserve, descriptor);
  }

  #descriptor(): number {
    if (this.#openDescriptor !== undefined) return this.#openDescriptor;
    throw this.#closedError();
  }

  #closedError(): Error {
    const message = `EBADF: the file is closed, '${this.#path}'`;
    return Object.assign(new Error(message), { code: "EBADF", path: this.#path });
  }
}

/** A file whose writes are followed by a sync, where the kernel has no flag for it. */
class SyncedFile extends NodeFile {
  override async write(bytes: Uint8Array, offset: number): Promise<void> {
    await super.write(bytes, offset);
    await this.sync();
  }
}

/**
 * Opens what the log cannot go on without. Want of descriptors passes when a connection closes; so where the reserve
 * is used up too, it is waited for, up to a bound, rather than taken for a disk that fails.
 */
async function openPatiently(
  reserve: DescriptorReserve,
  path: string,
  flags: number,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openFor(reserve, path, flags);
    } catch (error) {
      if (!isShortage(error) || attempt === OPEN_ATTEMPTS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, OPEN_RETRY_DELAY_MS));
    }
  }
}

async function openFor(reserve: DescriptorReserve, path: string, flags: number): Promise<number> {
  try {
    return await open(path, flags, FILE_MODE);
  } catch (error) {
    if (!isShortage(error)) throw error;
    return reserve.openInstead(() => fs.openSync(path, flags, FILE_MODE), error);
  }
}

async function closeFor(reserve: DescriptorReserve, descriptor: number): Promise<void> {
  if (reserve.isShort) reserve.closeInto(descriptor);
  else await close(descriptor);
}

function shortWrite(): Error {
  return Object.assign(new Error("EIO: the disk wrote nothing and named no error"), {
    code: "EIO",
  });
}

export class NodeFileSystem implements FileSystem {
  /** Filled while a directory is locked, for then there is a log. */
  readonly #reserve = new DescriptorReserve();
  /** Open for as long, for then there are many reads. */
  readonly #trips: SharedTrips;
  readonly #means: Means;

  constructor(trips = new SharedTrips()) {
    this.#trips = trips;
    this.#means = { reserve: this.#reserve, trips };
  }

  async open(path: string, mode: OpenMode): Promise<File> {
    const flags = OPEN_FLAGS[mode];
    // Who reads can be told to come again later; what is made is closed soon.
    const descriptor =
      mode === "read" ? await open(path, flags) : await openFor(this.#reserve, path, flags);
    return new NodeFile(path, descriptor, this.#means);
  }

  async openDurable(path: string): Promise<File> {
    const flags = OPEN_FLAGS.write | (HAS_DURABLE_WRITES ? fs.constants.O_DSYNC : 0);
    const descriptor = await openPatiently(this.#reserve, path, flags);
    const Durable = HAS_DURABLE_WRITES ? NodeFile : SyncedFile;
    return new Durable(path, descriptor, this.#means);
  }

  rename(from: string, to: string): Promise<void> {
    return fs.promises.rename(from, to);
  }

  unlink(path: string): Promise<void> {
    return fs.promises.unlink(path);
  }

  async makeDirectory(path: string): Promise<void> {
    try {
      await fs.promises.mkdir(path, { mode: DIRECTORY_MODE });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }

  async list(path: string): Promise<readonly string[]> {
    return (await fs.promises.readdir(path)).sort();
  }

  async exists(path: string): Promise<boolean> {
    try {
      await fs.promises.stat(path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }

  async syncDirectory(path: string): Promise<void> {
    const descriptor = await openPatiently(this.#reserve, path, fs.constants.O_RDONLY);
    try {
      await fsync(descriptor);
    } finally {
      await closeFor(this.#reserve, descriptor);
    }
  }

  async lock(path: string): Promise<DirectoryLock | undefined> {
    const descriptor = await open(path, fs.constants.O_RDWR | fs.constants.O_CREAT, FILE_MODE);
    // An open file description lock: it ends with the descriptor, so a killed process leaves none.
    let taken = false;
    try {
      taken = locks.tryLock(descriptor);
    } finally {
      if (!taken) await close(descriptor);
    }
    if (!taken) return undefined;
    const file = new NodeFile(path, descriptor, this.#means);
    this.#reserve.fill();
    this.#trips.open();
    return {
      release: async () => {
        this.#reserve.release();
        await this.#trips.close();
        await file.close();
      },
    };
  }
}
