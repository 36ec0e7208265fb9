/** A file system of one file, which is only read. */

import type { FileSystem } from "../../src/disk/index.js";
import { fileOf } from "../support/segment-bytes.js";

export function diskOf(bytes: Buffer): FileSystem {
  const refuse = (): Promise<never> => Promise.reject(new Error("this disk is only read"));
  return {
    open: () => Promise.resolve(fileOf(bytes)),
    openDurable: refuse,
    rename: refuse,
    unlink: refuse,
    makeDirectory: refuse,
    list: refuse,
    exists: refuse,
    syncDirectory: refuse,
    lock: refuse,
  };
}
