/** The bounds that the server holds against its callers. */

import { DEFAULT_LIMITS, KIB, MIB } from "../../base/index.js";
import { formatByteSize } from "../byte-size.js";
import { setting } from "./setting.js";
import { byteSize, count } from "./setting-kinds.js";

export const LIMIT_SETTINGS = {
  "limits.key_bytes": setting(
    byteSize({ minimum: 1, maximum: DEFAULT_LIMITS.keyBytesMax }),
    formatByteSize(DEFAULT_LIMITS.keyBytesMax),
    {
      meaning: "Longest key, in bytes of UTF-8.",
      price: "Keys live in memory. Lowering it refuses new keys only.",
    },
  ),
  "limits.value_bytes": setting(
    byteSize({ minimum: 1, maximum: 64 * MIB }),
    formatByteSize(DEFAULT_LIMITS.valueBytesMax),
    {
      meaning: "Longest value, in bytes.",
      price: "Larger: one call holds up others longer. Lowering it refuses new values only.",
    },
  ),
  "limits.message_bytes": setting(byteSize({ minimum: 64 * KIB, maximum: 128 * MIB }), "4 MiB", {
    meaning: "Longest gRPC message, in and out. It must have room for a key, a value and 1 KiB.",
    price:
      "Larger: each call may take that much memory. Clients have a limit of their own, often 4 MiB.",
  }),
  "limits.transaction_operations": setting(
    count({ minimum: 1, maximum: 65_536 }),
    String(DEFAULT_LIMITS.transactionOperationsMax),
    {
      meaning: "Most operations, and most conditions, in one transaction.",
      price: "Larger: one call holds up others longer.",
    },
  ),
  "limits.transaction_bytes": setting(
    byteSize({ minimum: 64 * KIB, maximum: 128 * MIB }),
    formatByteSize(DEFAULT_LIMITS.transactionBytesMax),
    {
      meaning:
        "Most bytes of keys and values that one transaction writes, looks at, or answers; each change and each " +
        "answer counts some 100 bytes more.",
      price: "Larger: one call holds up others longer. The commit queue must have room for it.",
    },
  ),
  "limits.delete_range": setting(
    count({ minimum: 1, maximum: 100_000 }),
    String(DEFAULT_LIMITS.deleteRangeMax),
    {
      meaning:
        "Most keys that one DeleteRange deletes. It deletes fewer where their keys, with some 100 bytes more for " +
        "each, would be more than `limits.transaction_bytes`.",
      price: "Larger: one call holds up others longer.",
    },
  ),
  "limits.pipeline_operations": setting(count({ minimum: 1, maximum: 65_536 }), "1024", {
    meaning:
      "Most operations in one request of a pipeline; fewer where `limits.message_bytes` has no 256 bytes for each.",
    price: "Larger: one request holds up others longer.",
  }),
  "limits.page_size_default": setting(
    count({ minimum: 1, maximum: 100_000 }),
    String(DEFAULT_LIMITS.pageSizeDefault),
    {
      meaning: "Keys in a page of ListKeys when the call names no size.",
      price: "Larger: fewer calls, longer ones.",
    },
  ),
  "limits.page_size_maximum": setting(
    count({ minimum: 1, maximum: 100_000 }),
    String(DEFAULT_LIMITS.pageSizeMax),
    {
      meaning: "Most keys in a page of ListKeys that a call may ask for.",
      price: "Larger: one call may hold up others longer.",
    },
  ),
  "limits.watch_ranges": setting(
    count({ minimum: 1, maximum: 1024 }),
    String(DEFAULT_LIMITS.watchRangesMax),
    {
      meaning: "Most ranges of keys that one Watch may name.",
      price: "Larger: each change may have to be held against that many ranges of each follower.",
    },
  ),
  "limits.scans": setting(count({ minimum: 1, maximum: 1024 }), "32", {
    meaning: "Most scans at once. Past it, a scan gets RESOURCE_EXHAUSTED.",
    price: "Larger: each holds a view, and a megabyte or more of what its caller has not read.",
  }),
} as const;
