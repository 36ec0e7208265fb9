/** The limits that the store holds against its callers, from the settings of that group. */

import type { Limits } from "../../base/index.js";
import type { Config } from "./settings.js";

export function limitsOf(config: Config): Limits {
  return {
    keyBytesMax: config["limits.key_bytes"],
    valueBytesMax: config["limits.value_bytes"],
    transactionOperationsMax: config["limits.transaction_operations"],
    transactionBytesMax: config["limits.transaction_bytes"],
    deleteRangeMax: config["limits.delete_range"],
    pageSizeDefault: config["limits.page_size_default"],
    pageSizeMax: config["limits.page_size_maximum"],
    watchRangesMax: config["limits.watch_ranges"],
  };
}
