/** Which calls a store remembers by their request id: all that changed something, for ten minutes. */

import { invalidField, KvError, REQUEST_ID_BYTES_MAX, type TimeMs } from "../../src/base/index.js";
import type {
  DeleteRangeResult,
  OperationResult,
  RequestOption,
  TransactResult,
} from "../../src/kv/index.js";

const WINDOW_MS = 600_000;

type Result = TransactResult | DeleteRangeResult;

interface Remembered {
  readonly content: string;
  readonly atMs: TimeMs;
  readonly result: Result;
}

export class ModelMemory {
  readonly #byId = new Map<string, Remembered>();
  readonly #revisionNow: () => number;

  constructor(revisionNow: () => number) {
    this.#revisionNow = revisionNow;
  }

  /** `content` is all that the call asks. */
  once<Answer extends Result>(
    { requestId }: RequestOption,
    content: unknown,
    nowMs: TimeMs,
    write: () => Answer,
  ): Answer {
    if (requestId === undefined) return write();
    const name = requestId.toString();
    const length = Buffer.byteLength(name);
    if (length === 0 || length > REQUEST_ID_BYTES_MAX)
      throw invalidField("request_id", "its length");
    // The id itself is a part of what is written down, and the same in both.
    const text = JSON.stringify(content, (_name, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    const known = this.#byId.get(name);
    if (known !== undefined && known.atMs + WINDOW_MS > nowMs) {
      // The same content was answered by the same kind of call.
      if (known.content === text)
        return { ...withoutEntries(known.result as Answer), replayed: true };
      throw new KvError("REQUEST_ID_REUSED", "other content", {
        metadata: { field: "request_id" },
      });
    }
    const before = this.#revisionNow();
    const result = write();
    if (this.#revisionNow() > before) {
      this.#byId.set(name, { content: text, atMs: nowMs, result });
    }
    return result;
  }
}

function withoutEntries<Answer extends Result>(result: Answer): Answer {
  return "results" in result ? { ...result, results: result.results.map(withoutEntry) } : result;
}

function withoutEntry(result: OperationResult): OperationResult {
  const { kind, revision } = result;
  switch (kind) {
    case "set":
      return { kind, revision, deadlineMs: result.deadlineMs };
    case "get":
      return { kind, revision, entry: undefined };
    case "delete":
      return { kind, revision, deleted: result.deleted };
    case "touch":
      return { kind, revision, touched: result.touched, deadlineMs: result.deadlineMs };
    case "increment":
      return result;
  }
}
