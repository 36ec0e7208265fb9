/** The rules that hold between settings, each with the sentence that says which one is broken. */

import { KIB } from "../../base/index.js";
import { segmentBytesMin } from "../../kv/index.js";
import { formatAddress, isLoopback } from "../address.js";
import { formatByteSize } from "../byte-size.js";
import { limitsOf } from "./limits-of.js";
import type { Config } from "./settings.js";

/** Room that a message needs beside its key and its value. */
const MESSAGE_ROOM_BYTES = 1 * KIB;

interface Rule {
  readonly holds: (config: Config) => boolean;
  readonly problem: (config: Config) => string;
}

const RULES: readonly Rule[] = [
  {
    holds: (config) => config.insecure || isLoopback(config.listen),
    problem: (config) =>
      `listen: ${formatAddress(config.listen)} can be reached from other machines, and calls are ` +
      `neither encrypted nor checked; use a loopback address, or accept that with --insecure`,
  },
  {
    holds: (config) => config["limits.message_bytes"] >= entryBytesMax(config) + MESSAGE_ROOM_BYTES,
    problem: (config) =>
      `limits.message_bytes: ${formatByteSize(config["limits.message_bytes"])} has no room for ` +
      `a key and a value of the longest kind and ${formatByteSize(MESSAGE_ROOM_BYTES)} beside ` +
      `(limits.key_bytes, limits.value_bytes)`,
  },
  {
    holds: (config) => config["limits.transaction_bytes"] >= entryBytesMax(config),
    problem: (config) =>
      `limits.transaction_bytes: ${formatByteSize(config["limits.transaction_bytes"])} is less ` +
      `than one key and one value may have (limits.key_bytes, limits.value_bytes)`,
  },
  {
    holds: (config) => config["commit.queue_bytes"] >= 2 * config["limits.transaction_bytes"],
    problem: (config) =>
      `commit.queue_bytes: ${formatByteSize(config["commit.queue_bytes"])} is less than two ` +
      `transactions may have (limits.transaction_bytes)`,
  },
  {
    // A transaction lies in one batch, and a batch in one segment.
    holds: (config) => config["segment.bytes"] >= segmentBytesMin(limitsOf(config)),
    problem: (config) =>
      `segment.bytes: ${formatByteSize(config["segment.bytes"])} has no room for the largest ` +
      `transaction; with these limits it must be at least ` +
      `${formatByteSize(segmentBytesMin(limitsOf(config)))} (limits.transaction_bytes)`,
  },
  {
    holds: (config) => config["limits.page_size_default"] <= config["limits.page_size_maximum"],
    problem: (config) =>
      `limits.page_size_default: ${String(config["limits.page_size_default"])} is more than ` +
      `limits.page_size_maximum, ${String(config["limits.page_size_maximum"])}`,
  },
  {
    holds: (config) => config["shutdown.grace"] < config["shutdown.timeout"],
    problem: () => "shutdown.grace: must be shorter than shutdown.timeout",
  },
];

export function crossProblems(config: Config): readonly string[] {
  return RULES.filter((rule) => !rule.holds(config)).map((rule) => rule.problem(config));
}

function entryBytesMax(config: Config): number {
  return config["limits.key_bytes"] + config["limits.value_bytes"];
}
