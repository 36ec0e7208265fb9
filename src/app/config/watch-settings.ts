/** Settings of what is kept for followers. */

import { GIB, MIB } from "../../base/index.js";
import { byteSize, duration } from "./setting-kinds.js";
import { setting } from "./setting.js";

const SECOND_MS = 1000;
const DAY_MS = 86_400_000;

export const WATCH_SETTINGS = {
  "watch.retention": setting(
    duration({ minimum: SECOND_MS, maximum: 365 * DAY_MS, zero: "nothing is kept for followers" }),
    "10m",
    {
      meaning: "How long the history stays whole, so that followers can resume.",
      price: "Longer: compaction leaves more on disk.",
    },
  ),
  "watch.retention_bytes": setting(
    byteSize({ minimum: 1 * MIB, maximum: 1024 * GIB, zero: "nothing is kept for followers" }),
    "1 GiB",
    {
      meaning:
        "Most bytes of history that are kept for followers, whatever `watch.retention` says.",
      price: "Larger: compaction leaves more on disk.",
    },
  ),
  "watch.memory_bytes": setting(byteSize({ minimum: 1 * MIB, maximum: 4 * GIB }), "8 MiB", {
    meaning:
      "Memory for the newest changes, which all followers share. What it has no room for is read from the log.",
    price:
      "Larger: followers may lag further before they cost reads from disk. It fills only while someone follows.",
  }),
  "watch.expired_value_bytes": setting(byteSize({ minimum: 0, maximum: 16 * MIB }), "64 KiB", {
    meaning: "Longest value that an expiration carries to followers; a longer one is left out.",
    price: "Larger: each expiration writes its value to the log again.",
  }),
} as const;
