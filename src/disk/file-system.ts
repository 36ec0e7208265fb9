/**
 * The dozen verbs that the store needs of a disk. Everything on disk goes through here, so that a test
 * can put a disk underneath that crashes, fails or lies.
 *
 * Failures are Node.js system errors (`code` is `EIO`, `ENOSPC`, …), as the disk gave them.
 */

/** How a file is opened. `create` fails where the name is taken. */
export type OpenMode = "read" | "write" | "create";

export interface FileSystem {
  open(path: string, mode: OpenMode): Promise<File>;
  /**
   * Opens an existing file such that each write returns only when its bytes are on stable storage. On
   * blocks that are allocated already this is one call to the disk where write and sync are two.
   */
  openDurable(path: string): Promise<File>;
  /** Replaces `to` at once, for everyone who opens it. Not durable before the directory is synced. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** Makes the directory if it is not there; its parent must be. */
  makeDirectory(path: string): Promise<void>;
  /** Names in the directory, sorted. */
  list(path: string): Promise<readonly string[]>;
  exists(path: string): Promise<boolean>;
  /** Makes creations, renames and unlinks in this directory durable. */
  syncDirectory(path: string): Promise<void>;
  /**
   * Takes the file's lock for this process, making the file if need be. The kernel holds it until
   * release or the end of the process, however it ends. Undefined: another process holds it.
   */
  lock(path: string): Promise<DirectoryLock | undefined>;
}

export interface File {
  /**
   * Fills `into` from the offset; returns how many bytes there were, fewer only at the file's end. The file is not closed
   * before that. Reads of up to SMALL_READ_BYTES_MAX gain by being asked for together, in one turn of the event loop.
   */
  read(into: Buffer, offset: number): Promise<number>;
  /** Writes all of it or fails; after a failure any part may have been written. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Puts all that was written on stable storage. After a failure nothing is known of it. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  sizeBytes(): Promise<number>;
  /** A second call does nothing. Any other call after it fails with EBADF. */
  close(): Promise<void>;
}

export interface DirectoryLock {
  /** A second call does nothing. */
  release(): Promise<void>;
}
