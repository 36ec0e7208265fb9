/**
 * The command line must be UTF-8, as keys must. Node.js has replaced what is not before anyone sees it, so that
 * another key would be set than the one that was meant; the system still has the bytes.
 */

import { isUtf8 } from "node:buffer";

import { KvError, MIB, systemErrorCode } from "../../base/index.js";
import { openInputFile } from "../../disk/index.js";
import { readBounded } from "../read-bounded.js";

/** Where Linux keeps the bytes. Systems without it take what Node.js made of them. */
const RAW_COMMAND_LINE = "/proc/self/cmdline";

/** The longest that Linux takes at its usual settings. */
const COMMAND_LINE_BYTES_MAX = 2 * MIB;

const REPLACEMENT_CHARACTER = "\uFFFD";

/** Throws INVALID_FIELD where a word has bytes that are not UTF-8. */
export async function checkCommandLine(words: readonly string[]): Promise<void> {
  if (!words.some((word) => word.includes(REPLACEMENT_CHARACTER))) return;
  const bytes = await rawCommandLine();
  // The character itself may be meant.
  if (bytes === undefined || isUtf8(bytes)) return;
  throw new KvError("INVALID_FIELD", "the command line has bytes that are not UTF-8");
}

async function rawCommandLine(): Promise<Buffer | undefined> {
  try {
    const { bytes } = await openInputFile(RAW_COMMAND_LINE);
    return await readBounded(bytes, COMMAND_LINE_BYTES_MAX);
  } catch (error) {
    if (systemErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}
