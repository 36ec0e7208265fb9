/** What an agent can be told to do, and what each of its arguments is. The README of this folder says what they mean. */

/**
 * `plain` goes as it stands; `key` is a key or what keys begin with, and must be the case's own; `bytes` is written as a
 * notation; `decimal` is a number that goes as text; `literal` is handed on untouched; `keyed` is an object named by keys.
 */
export type Shape =
  | "plain"
  | "key"
  | "bytes"
  | "decimal"
  | "literal"
  | "keyed"
  | { readonly list: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

type Fields = Readonly<Record<string, Shape>>;

/** A range: absent only where a suite says that its cases look at the whole store. */
const RANGE: Shape = {
  fields: {
    prefix: "key",
    interval: { fields: { start: "key", end: "key" } },
    glob: "key",
  },
};

const CHECK = { exists: "plain", revision: "plain", value: "bytes" } as const;

const EXPIRATION = { ttl_ms: "plain", expire_time_ms: "plain", keep_expiration: "plain" } as const;

const CHANGE = {
  precondition: { fields: CHECK },
  return_previous: "plain",
  request_id: "plain",
} as const;

const WRITES = {
  set: { key: "key", value: "bytes", content_type: "plain", ...EXPIRATION, ...CHANGE },
  delete: { key: "key", ...CHANGE },
  touch: {
    key: "key",
    ttl_ms: "plain",
    expire_time_ms: "plain",
    persist: "plain",
    ...CHANGE,
  },
  increment: { key: "key", delta: "decimal", request_id: "plain", ...EXPIRATION },
} satisfies Record<string, Fields>;

const GET = { key: "key", revision: "plain" } as const;

const OPERATIONS: Shape = {
  list: {
    fields: {
      set: { fields: WRITES.set },
      get: { fields: GET },
      delete: { fields: WRITES.delete },
      touch: { fields: WRITES.touch },
      increment: { fields: WRITES.increment },
    },
  },
};

const START: Shape = {
  fields: { now: "plain", revision: "plain", resume_token: "plain", current_state: "plain" },
};

const COMMANDS: Readonly<Record<string, Fields>> = {
  ...WRITES,
  get: GET,
  open: {
    deadline_ms: "plain",
    keepalive_ms: "plain",
    keepalive_timeout_ms: "plain",
    retries: "plain",
    tls: { fields: { ca_file: "plain", server_name: "plain" } },
  },
  close: {},
  delete_range: { range: RANGE, limit: "plain", request_id: "plain" },
  list_keys: { range: RANGE, page_size: "plain", descending: "plain", take: "plain" },
  count_keys: { range: RANGE },
  scan: {
    range: RANGE,
    include_values: "plain",
    filter: "plain",
    descending: "plain",
    limit: "plain",
    take: "plain",
  },
  list_versions: { key: "key", page_size: "plain", take: "plain" },
  transact: {
    conditions: { list: { fields: { key: "key", ...CHECK } } },
    then: OPERATIONS,
    otherwise: OPERATIONS,
    request_id: "plain",
  },
  transaction: { add: "keyed", write: "keyed", attempts: "plain", fail: "plain" },
  watch: {
    stream: "plain",
    ranges: { list: RANGE },
    start: START,
    kinds: { list: "plain" },
    include_previous: "plain",
    progress_interval_ms: "plain",
  },
  watch_expirations: {
    stream: "plain",
    range: RANGE,
    start: START,
    include_value: "plain",
    progress_interval_ms: "plain",
  },
  next: { stream: "plain", count: "plain", until: "plain" },
  end: { stream: "plain" },
  encode: { codec: "plain", value: "literal" },
  decode: { codec: "plain", bytes: "bytes", content_type: "plain" },
  set_value: { key: "key", codec: "plain", value: "literal" },
  get_value: { key: "key", codec: "plain" },
  status: {},
  snapshot: {},
  compact: {},
  list_snapshots: {},
  delete_snapshot: { snapshot_id: "plain" },
  many: { call: "plain", prefix: "key", count: "plain" },
};

/** What every command takes as well. */
const EVERYWHERE: Fields = { deadline_ms: "plain", retries: "plain" };

/** Where a range that is left out means the whole store. */
const RANGED: Readonly<Record<string, string>> = {
  delete_range: "range",
  list_keys: "range",
  count_keys: "range",
  scan: "range",
  watch: "ranges",
  watch_expirations: "range",
};

/** What the arguments of a command are. Undefined: there is no such command. */
export function shapeOf(name: string): Shape | undefined {
  const own = COMMANDS[name];
  return own === undefined ? undefined : { fields: { ...EVERYWHERE, ...own } };
}

/** The argument without which the command means every key of the store. */
export function rangeArgumentOf(name: string): string | undefined {
  return RANGED[name];
}
