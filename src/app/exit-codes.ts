/**
 * How the program ends, once: every exit code with its name and what it means. `kvdb --help`,
 * docs/command.md and the mapping of errors come from here.
 */

import { isKvError, systemErrorCode, type ErrorCode } from "../base/index.js";

export const EXIT_CODES = {
  ok: { code: 0, meaning: "Done." },
  absent: {
    code: 1,
    meaning:
      "The key or the snapshot that was asked for is not there, or a transaction's conditions do not hold.",
  },
  usage: { code: 2, meaning: "A wrong option or argument, or the server found a field invalid." },
  unavailable: {
    code: 3,
    meaning:
      "No server answers there, it is starting or stopping, or the connection broke, " +
      "and then a write may have been applied.",
  },
  refused: {
    code: 4,
    meaning: "The server refused: a precondition, no room, a limit, a position too old.",
  },
  uncertain: {
    code: 5,
    meaning: "No answer in time, or storage failed meanwhile: a write may have been applied.",
  },
  "bad-line": { code: 6, meaning: "An import stopped at a line that it could not take." },
  file: { code: 7, meaning: "A file that was named cannot be read or written." },
  configuration: { code: 10, meaning: "The configuration is wrong." },
  address: { code: 11, meaning: "The address cannot be listened on, as when its port is in use." },
  locked: { code: 12, meaning: "Another process has the data directory open." },
  "too-new": {
    code: 13,
    meaning: "The data directory has a newer format than this program knows.",
  },
  corrupt: {
    code: 14,
    meaning: "Damage was found: in the data directory, a snapshot or a record.",
  },
  exists: { code: 15, meaning: "There is a store in the directory already." },
  "no-store": { code: 16, meaning: "There is no store in the directory." },
  storage: { code: 17, meaning: "The disk refused while the server ran, or could not be read." },
  forced: {
    code: 18,
    meaning: "The server was ended by a second signal or by shutdown.timeout before it was done.",
  },
  internal: { code: 70, meaning: "A fault of this program; please report it." },
  interrupted: { code: 130, meaning: "The command was interrupted before it was done." },
  "broken-pipe": { code: 141, meaning: "Whoever read the output went away." },
} as const satisfies Record<string, { readonly code: number; readonly meaning: string }>;

export type Exit = keyof typeof EXIT_CODES;

const EXIT_OF_ERROR = {
  INVALID_FIELD: "usage",
  PRECONDITION_FAILED: "refused",
  KEY_EXISTS: "refused",
  KEY_ABSENT: "absent",
  OVERFLOW: "refused",
  REVISION_COMPACTED: "refused",
  HISTORY_CHANGED: "refused",
  REQUEST_ID_REUSED: "refused",
  NO_SPACE: "refused",
  QUOTA: "refused",
  OVERLOADED: "refused",
  SLOW_FOLLOWER: "refused",
  CORRUPT: "corrupt",
  STARTING: "unavailable",
  DRAINING: "unavailable",
  STORAGE_FAILED: "uncertain",
  DEADLINE_EXCEEDED: "uncertain",
  CANCELLED: "uncertain",
  UNREACHABLE: "unavailable",
  SERVER_ERROR: "refused",
  ADDRESS_UNAVAILABLE: "address",
  STORE_LOCKED: "locked",
  STORE_TOO_NEW: "too-new",
  STORE_EXISTS: "exists",
  STORE_ABSENT: "no-store",
  BAD_CONFIGURATION: "configuration",
} as const satisfies Record<ErrorCode, Exit>;

/** How a client's command ends that failed with this error. */
export function exitOfClientError(error: unknown): Exit {
  if (isKvError(error)) return EXIT_OF_ERROR[error.code];
  return systemErrorCode(error) === undefined ? "internal" : "file";
}

/** How a command ends that failed with this error while it worked on a data directory of this machine. */
export function exitOfServerError(error: unknown): Exit {
  if (isKvError(error, "STORAGE_FAILED")) return "storage";
  if (isKvError(error)) return EXIT_OF_ERROR[error.code];
  return systemErrorCode(error) === undefined ? "internal" : "storage";
}

export function exitCodeTable(): string {
  const rows = Object.values(EXIT_CODES);
  return rows.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`).join("\n");
}

export function exitCodeMarkdown(): string {
  const rows = Object.values(EXIT_CODES);
  const lines = rows.map(({ code, meaning }) => `| ${String(code)} | ${meaning} |`);
  return ["| code | meaning |", "|---|---|", ...lines].join("\n");
}
