/** Says in plain words what the system refused, without the call's name and without a stack. */

import { systemErrorCode } from "../base/index.js";

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "the address is in use",
  EDQUOT: "the disk quota is used up",
  EEXIST: "it exists already",
  EIO: "the disk failed",
  EISDIR: "it is a directory",
  EMFILE: "too many files are open",
  ENOENT: "no such file or directory",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is no directory",
  EPERM: "not permitted",
  EROFS: "the disk is read-only",
  ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
  Z_BUF_ERROR: "the gzip data ends early",
  Z_DATA_ERROR: "the gzip data is damaged",
};

export function describeSystemError(error: unknown): string {
  const code = systemErrorCode(error);
  const words = code === undefined ? undefined : WORDS[code];
  if (words !== undefined) return words;
  return error instanceof Error ? error.message : String(error);
}
