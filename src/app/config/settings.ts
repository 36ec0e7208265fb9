/**
 * Every setting of the server, once: its kind, its default, what it means and what changing it costs.
 * The configuration, its messages, `kvdb config print`, the flags of `kvdb serve` and
 * docs/configuration.md all come from this table.
 */

import { GIB, KEY_ORDERS, KIB, MIB } from "../../base/index.js";
import { CODEC_NAMES, HISTORY_VERSIONS_MAX } from "../../kv/index.js";
import { LIMIT_SETTINGS } from "./limit-settings.js";
import { setting, type Setting } from "./setting.js";
import {
  address,
  byteSize,
  choice,
  count,
  directory,
  duration,
  memorySize,
  ratio,
  toggle,
} from "./setting-kinds.js";
import { WATCH_SETTINGS } from "./watch-settings.js";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const KEY_ORDER_CHOICES = ["auto", ...KEY_ORDERS] as const;
const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

const SERVER_SETTINGS = {
  listen: setting(address(), "127.0.0.1:50051", {
    meaning: "Where the server listens for gRPC calls.",
    price: "An address that other machines can reach needs `insecure` as well.",
  }),
  data: setting(directory(), "./data", {
    meaning: "The directory that holds the store. It is made if its parent is there.",
    price:
      "One process at a time may have it open. It must be on a disk that keeps what it synced.",
  }),
  insecure: setting(toggle(), "false", {
    meaning:
      "Allows an address that is not loopback, though calls are neither encrypted nor checked.",
    price: "Whoever reaches the port can read, change and delete everything.",
  }),
  "reflection.enabled": setting(toggle(), "true", {
    meaning: "Whether the server describes its API to tools such as grpcurl.",
    price: "Off, such tools need the .proto files. On, it tells callers nothing but the schema.",
  }),
  "health.enabled": setting(toggle(), "true", {
    meaning: "Whether the server answers grpc.health.v1.",
    price: "Off, probes that ask for it fail.",
  }),
  "calls.maximum": setting(count({ minimum: 16, maximum: 65_536 }), "1024", {
    meaning:
      "Most calls of one reply that are worked on at a time, over all connections. What comes beyond waits for its turn.",
    price:
      "Larger: more writes share a sync, which a slow disk needs, and too many calls at a time cost more each.",
  }),
  "calls.per_connection": setting(count({ minimum: 1, maximum: 65_536 }), "1024", {
    meaning:
      "Most calls under way on one connection, streams included. Its client waits with more.",
    price: "Larger: a client may have more calls wait here, and fewer connections fill the server.",
  }),
  "calls.wait": setting(duration({ minimum: 10, maximum: 10 * SECOND_MS }), "100ms", {
    meaning: "A call of one reply that waits so long for its turn gets RESOURCE_EXHAUSTED.",
    price:
      "Longer: fewer calls are refused when too many come, and those that are served take longer.",
  }),
  "connections.maximum": setting(count({ minimum: 1, maximum: 1_000_000 }), "10000", {
    meaning: "Most connections at once. A further one is closed as soon as it is there.",
    price: "Larger: each takes a file descriptor, and up to 64 KiB while its calls wait.",
  }),
  "streams.buffer_bytes": setting(byteSize({ minimum: 64 * KIB, maximum: 256 * MIB }), "4 MiB", {
    meaning: "Most bytes that wait for one slow follower of a stream before it is cut.",
    price: "Larger: a follower may lag longer, and each one may hold that much memory.",
  }),
  "streams.pipeline_bytes": setting(byteSize({ minimum: 64 * KIB, maximum: 256 * MIB }), "1 MiB", {
    meaning:
      "Bytes of requests, entries and replies that one pipeline holds before the server reads no more of it until " +
      "some were answered.",
    price:
      "Larger: callers far away keep it busier, and each may hold that much memory, and one request and its reply more.",
  }),
  "streams.maximum": setting(count({ minimum: 1, maximum: 10_000 }), "1024", {
    meaning: "Most streams, of followers above all, that are served at once.",
    price:
      "Larger: each costs memory and a share of every change that it is told of. Past it, calls get " +
      "RESOURCE_EXHAUSTED.",
  }),
  "streams.progress_interval": setting(duration({ minimum: 100, maximum: HOUR_MS }), "10s", {
    meaning:
      "How long a stream stays silent before it sends a progress mark, unless its call says.",
    price: "Shorter: resume tokens are fresher, and idle streams send more.",
  }),
  "shutdown.grace": setting(duration({ minimum: 0, maximum: HOUR_MS }), "5s", {
    meaning: "How long calls are still served after a signal to stop, with health at NOT_SERVING.",
    price: "Longer: load balancers have more time to look elsewhere, and a restart takes longer.",
  }),
  "shutdown.timeout": setting(duration({ minimum: 100, maximum: DAY_MS }), "30s", {
    meaning: "When a stop that is not done is ended at once. Counted from the signal.",
    price: "Shorter: calls under way may get no answer. What was acknowledged is never lost.",
  }),
  "log.level": setting(choice(LOG_LEVELS), "info", {
    meaning: "The least level that is logged.",
    price: "`debug` writes a line for every call and costs speed.",
  }),
  "log.pretty": setting(toggle(), "false", {
    meaning: "Logs for people rather than one JSON object a line.",
    price: "Slower, and not for programs to read.",
  }),
  "log.sample": setting(ratio({ minimum: 0, maximum: 1 }), "0.001", {
    meaning:
      "The share of calls that succeeded of which a line is logged. Failures are logged all.",
    price: "1 logs every call, which costs CPU and disk for each.",
  }),
} as const;

const ENGINE_SETTINGS = {
  "store.key_order": setting(choice(KEY_ORDER_CHOICES), "auto", {
    meaning:
      "The order of keys, chosen when the store is created: as their bytes go, in reverse, natural (a2 " +
      "before a10), or case-insensitive (A to Z as a to z). `auto` is the store's own, and `bytes` for a new one.",
    price:
      "For good: a store that was created with another order is refused. All but `bytes` take a little " +
      "more memory and time for each key.",
  }),
  "limits.keydir_bytes": setting(memorySize({ minimum: 16 * MIB, maximum: 4096 * GIB }), "auto", {
    meaning:
      "Memory that the directory of keys may take. Past it, new keys get RESOURCE_EXHAUSTED.",
    price:
      "Larger: more keys, and less memory for everything else. Overwrites and deletes go on, and past the limit " +
      "too each adds an older version until its key has `history.versions`. While a listing, a snapshot or a " +
      "checkpoint is under way, what changes meanwhile is held twice, beyond this limit.",
  }),
  "history.versions": setting(count({ minimum: 1, maximum: HISTORY_VERSIONS_MAX }), "1", {
    meaning:
      "How many versions of each key are kept, the newest included. A set, a touch, a delete and an expiration " +
      "each make one; those of a removed key go when followers can no longer ask for its removal.",
    price:
      "Larger: each older version takes about 65 bytes of memory and those of its key, and as much disk as when " +
      "it was new. Raised, it proves nothing of what was replaced before: that may be gone. " +
      "`limits.keydir_bytes` needs room for all of them: past it only new keys are refused.",
  }),
  "idempotency.window": setting(duration({ minimum: SECOND_MS, maximum: 30 * DAY_MS }), "10m", {
    meaning:
      "How long a write that had a request id is remembered, so that the same call made again does nothing.",
    price:
      "Longer: callers may retry for longer, and each such write takes memory and disk until then.",
  }),
  "idempotency.entries": setting(count({ minimum: 1, maximum: 100_000_000 }), "1000000", {
    meaning:
      "Most writes that are remembered by their request id. Past it, the oldest are forgotten before " +
      "`idempotency.window` has passed.",
    price:
      "Larger: each takes about 120 bytes of memory, beyond `limits.keydir_bytes`, and some 130 bytes of disk.",
  }),
  "commit.queue_bytes": setting(byteSize({ minimum: 1 * MIB, maximum: 4 * GIB }), "64 MiB", {
    meaning: "Most bytes of writes that wait for the disk. Past it, writes get RESOURCE_EXHAUSTED.",
    price: "Larger: bursts are absorbed for longer, in memory, and each write waits longer.",
  }),
  "commit.queue_transactions": setting(count({ minimum: 1, maximum: 16_777_216 }), "65536", {
    meaning: "Most transactions that wait for the disk. Past it, writes get RESOURCE_EXHAUSTED.",
    price: "As for `commit.queue_bytes`.",
  }),
  "segment.bytes": setting(byteSize({ minimum: 1 * MIB, maximum: 1 * GIB }), "64 MiB", {
    meaning: "The size past which a segment is sealed and the next one begun.",
    price:
      "Larger: fewer files, and more disk held up until compaction. Two of them are kept allocated.",
  }),
  "cache.bytes": setting(
    byteSize({ minimum: 1 * MIB, maximum: 64 * GIB, zero: "no cache" }),
    "512 MiB",
    {
      meaning:
        "Memory for values that were read or written of late, with their keys. It is taken as it fills. " +
        "A value of more than 4 MiB is not kept in it.",
      price: "Larger: fewer reads from disk, more memory.",
    },
  ),
  compression: setting(choice(CODEC_NAMES), "none", {
    meaning:
      "How values are stored: as they are, or compressed with zstd or lz4 where that saves an eighth or more. " +
      "What is stored already stays as it is, and can be read whatever this says.",
    price:
      "CPU for each write and cold read: for JSON of 4 KiB, zstd leaves half the bytes that lz4 leaves, for three " +
      "times its time ([measured](decisions/compression.md)). Values that are compressed already cost CPU and gain nothing.",
  }),
  "compression.min_bytes": setting(byteSize({ minimum: 64, maximum: 64 * MIB }), "1 KiB", {
    meaning: "The size from which on a value is compressed, if `compression` says so.",
    price: "Smaller: more CPU for each write and cold read, and less gained by it.",
  }),
  "views.age": setting(duration({ minimum: SECOND_MS, maximum: DAY_MS }), "5m", {
    meaning:
      "How long a listing's pages may refer to one consistent view, and how long a scan may be open.",
    price: "Longer: what a view can reach is kept that much longer, in memory and on disk.",
  }),
  "compaction.period": setting(
    duration({ minimum: SECOND_MS, maximum: 30 * DAY_MS, zero: "only when asked" }),
    "5m",
    {
      meaning: "How often segments are looked over for space to give back.",
      price: "Shorter: less space wasted, more work in the background.",
    },
  ),
  "compaction.garbage_ratio": setting(ratio({ minimum: 0.05, maximum: 0.95 }), "0.4", {
    meaning: "The share of a segment that must be superseded before it is compacted.",
    price: "Lower: less disk, more rewriting. Higher: the reverse.",
  }),
  "compaction.bytes_per_second": setting(
    byteSize({ minimum: 1 * MIB, maximum: 16 * GIB }),
    "32 MiB",
    {
      meaning:
        "How fast each of compaction, snapshots and checkpoints may go on, in bytes a second.",
      price: "Higher: they are done sooner and take more of the disk from calls.",
    },
  ),
  "checkpoint.period": setting(
    duration({ minimum: SECOND_MS, maximum: 30 * DAY_MS, zero: "only at a clean stop" }),
    "5m",
    {
      meaning:
        "How often the directory of keys is written down, if enough was written since, so that a start after " +
        "a crash need not read the whole log.",
      price:
        "Shorter: quicker starts after a crash, and more written. Two are kept, each as large as the directory.",
    },
  ),
  "scrub.period": setting(
    duration({ minimum: 60 * SECOND_MS, maximum: 365 * DAY_MS, zero: "never" }),
    "7d",
    {
      meaning:
        "In what time everything on disk is read and verified once, in the background, so that decay is found " +
        "while there is still something to mend it from. A restart goes on where it was.",
      price:
        "Shorter: decay is found sooner, and more is read. It reads at 4 MiB a second or as fast as the period " +
        "wants, at most at `compaction.bytes_per_second`, and steps back while writes wait.",
    },
  ),
  ...WATCH_SETTINGS,
  "clock.max_step": setting(duration({ minimum: SECOND_MS, maximum: 365 * DAY_MS }), "1h", {
    meaning: "How far ahead a running server lets the machine's clock be before it doubts it.",
    price: "Larger: a wrong clock can expire keys early. Smaller: a real step is believed later.",
  }),
  "clock.confirm_after": setting(duration({ minimum: SECOND_MS, maximum: 30 * DAY_MS }), "10m", {
    meaning: "How long a clock that is too far ahead must stay so before it is believed.",
    price: "Longer: keys outlive their deadline for longer after a real step.",
  }),
} as const;

export const SETTINGS = { ...SERVER_SETTINGS, ...LIMIT_SETTINGS, ...ENGINE_SETTINGS } as const;

export type SettingName = keyof typeof SETTINGS;

/** The value of every setting, under its name. */
export type Config = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never;
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** `limits.key_bytes` is `KVDB_LIMITS_KEY_BYTES` in the environment. */
export function environmentVariable(name: SettingName): string {
  return `KVDB_${name.toUpperCase().replaceAll(".", "_")}`;
}

/** `limits.key_bytes` is `--limits-key-bytes` on the command line. */
export function flagOf(name: SettingName): string {
  return `--${name.replaceAll(/[._]/g, "-")}`;
}
