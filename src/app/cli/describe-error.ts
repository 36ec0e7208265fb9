/** One line, or one line a problem, for whoever sits at the terminal. */

import { isKvError, systemErrorCode } from "../../base/index.js";
import { describeSystemError } from "../system-error.js";
import { terminalText } from "./terminal-text.js";

export function describeError(error: unknown): string {
  if (isKvError(error)) return error.message.split("\n").map(terminalText).join("\nkvdb: ");
  if (systemErrorCode(error) !== undefined) return terminalText(describeFileError(error));
  // Only a fault of ours comes this far; its stack is what a report needs.
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function describeFileError(error: unknown): string {
  const path = error instanceof Error && "path" in error ? String(error.path) : undefined;
  const words = describeSystemError(error);
  return path === undefined ? words : `${path}: ${words}`;
}
