/** What the agent does for each `do` of the protocol, with the public layer of the client alone. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

import {
  connect,
  decodeValue,
  encodeValue,
  type KeyValueClient,
  type WriteOptions,
} from "../src/index.js";
import { codecNamed } from "./codecs.js";
import {
  bytesOf,
  callOptions,
  conditionOf,
  deltaOf,
  operationOf,
  part,
  parts,
  rangeOf,
  textOf,
  writeOptions,
} from "./from-line.js";
import { Streams } from "./streams.js";
import { toBase64, toEntry, toOperationResult, toWritten, type Line } from "./to-line.js";

type Value = Uint8Array;

/** From dist/clients/typescript/agent/ of the package. */
const PACKAGE = join(import.meta.dirname, "../../../../package.json");

function packageVersion(): string {
  return (JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string }).version;
}

/** What `fail` of a transaction raises. */
export class FunctionFailed extends Error {}

/** The rest of the agent, as a command sees it. */
export interface Surroundings {
  /** Says something before the answer. */
  say(line: Line): void;
  /** Resolves when `go` comes for this id. */
  untilGo(id: unknown): Promise<void>;
}

export class Commands {
  readonly #surroundings: Surroundings;
  readonly #streams = new Streams();
  #client: KeyValueClient<Value> | undefined;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Undefined: there is no such command. */
  do(line: Line): Promise<Line> | undefined {
    const { do: name } = line;
    const command = typeof name === "string" && Object.hasOwn(this.#all, name);
    return command ? this.#all[name]?.(line) : undefined;
  }

  async close(): Promise<Line> {
    await this.#client?.close();
    return {};
  }

  readonly #all: Readonly<Record<string, (line: Line) => Promise<Line>>> = {
    hello: () => Promise.resolve({ version: packageVersion(), runtime: `node${process.version}` }),
    open: (line) => this.#open(line),
    close: () => this.close(),
    set: async (line) => {
      const options = { ...writeOptions(line), ...callOptions(line) };
      return toWritten(await this.#opened.set(textOf(line, "key"), bytesOf(line), options));
    },
    get: async (line) => {
      const { revision } = line;
      const options = typeof revision === "number" ? { revision } : {};
      const entry = await this.#opened.get(textOf(line, "key"), {
        ...callOptions(line),
        ...options,
      });
      return { entry: toEntry(entry) };
    },
    delete: async (line) => {
      const options = { ...writeOptions(line), ...callOptions(line) };
      return toWritten(await this.#opened.delete(textOf(line, "key"), options));
    },
    touch: async (line) => {
      const options = { ...writeOptions(line), ...callOptions(line) };
      return toWritten(await this.#opened.touch(textOf(line, "key"), options));
    },
    increment: async (line) => {
      const options = { ...writeOptions(line), ...callOptions(line) };
      return toWritten(await this.#opened.increment(textOf(line, "key"), deltaOf(line), options));
    },
    delete_range: async (line) => {
      const { limit } = line;
      const { revision, deletedCount, more, replayed } = await this.#opened.deleteRange(
        rangeOf(part(line, "range")),
        { ...callOptions(line), ...(typeof limit === "number" ? { limit } : {}) },
      );
      return { revision, deleted_count: deletedCount, more, replayed };
    },
    list_keys: async (line) => {
      const keys = this.#opened.listKeys(rangeOf(part(line, "range")), listOptions(line));
      return { keys: await taken(keys, line["take"]) };
    },
    count_keys: async (line) => ({
      count: await this.#opened.countKeys(rangeOf(part(line, "range")), callOptions(line)),
    }),
    scan: async (line) => {
      const entries = this.#opened.scan(rangeOf(part(line, "range")), scanOptions(line));
      return { entries: (await taken(entries, line["take"])).map(toEntry) };
    },
    list_versions: async (line) => {
      const entries = this.#opened.listVersions(textOf(line, "key"), listOptions(line));
      return { entries: (await taken(entries, line["take"])).map(toEntry) };
    },
    transact: (line) => this.#transact(line),
    transaction: (line) => this.#transaction(line),
    watch: (line) => this.#streams.watch(this.#opened, line),
    watch_expirations: (line) => this.#streams.watchExpirations(this.#opened, line),
    next: (line) => this.#streams.next(line),
    end: (line) => this.#streams.end(line),
    encode: (line) => {
      const codec = codecNamed(line["codec"]);
      const bytes = toBase64(encodeValue(codec, line["value"]));
      return Promise.resolve({ bytes, content_type: codec.contentType });
    },
    decode: (line) => {
      const contentType = (line["content_type"] ?? "") as string;
      const bytes = Buffer.from(bytesOf(line, "bytes"));
      const value = decodeValue(codecNamed(line["codec"]), bytes, contentType);
      return Promise.resolve({ value: toJson(value) });
    },
    set_value: async (line) => {
      const client = this.#opened.withCodec(codecNamed(line["codec"]));
      const key = textOf(line, "key");
      const { revision, replayed } = await client.set(key, line["value"], callOptions(line));
      return { revision, replayed };
    },
    get_value: async (line) => {
      const client = this.#opened.withCodec(codecNamed(line["codec"]));
      const entry = await client.get(textOf(line, "key"), callOptions(line));
      return { value: toJson(entry?.value), content_type: entry?.contentType };
    },
    status: async (line) => {
      const { revision, keyCount, version, methods } = await this.#opened.status(callOptions(line));
      const own = methods.find(({ method }) => method === "GetStatus");
      return { revision, key_count: keyCount, version, status_calls: own?.callCount ?? 0 };
    },
    snapshot: async (line) => {
      const { snapshotId, revision, keyCount } = await this.#opened.snapshot(callOptions(line));
      return { snapshot_id: snapshotId, revision, key_count: keyCount };
    },
    compact: async (line) => {
      const { segmentsAfter } = await this.#opened.compact(callOptions(line));
      return { segments_after: segmentsAfter };
    },
    list_snapshots: async (line) => {
      const snapshots = await this.#opened.listSnapshots(callOptions(line));
      return { snapshots: snapshots.map(({ snapshotId }) => ({ snapshot_id: snapshotId })) };
    },
    delete_snapshot: async (line) => {
      const snapshotId = textOf(line, "snapshot_id");
      return { deleted: await this.#opened.deleteSnapshot(snapshotId, callOptions(line)) };
    },
    many: (line) => this.#many(line),
  };

  get #opened(): KeyValueClient<Value> {
    if (this.#client === undefined) throw new Error("no client was opened");
    return this.#client;
  }

  async #open(line: Line): Promise<Line> {
    const options = part(line, "options") ?? {};
    const before = this.#client;
    const { deadline_ms: deadlineMs, retries } = options;
    const { keepalive_ms: timeMs, keepalive_timeout_ms: timeoutMs } = options;
    const tls = part(options, "tls");
    this.#client = connect({
      address: textOf(line, "address"),
      keepalive: {
        ...(typeof timeMs === "number" ? { timeMs } : {}),
        ...(typeof timeoutMs === "number" ? { timeoutMs } : {}),
      },
      ...(typeof deadlineMs === "number" ? { deadlineMs } : {}),
      ...(typeof retries === "boolean" ? { retries } : {}),
      ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
    });
    // What it still has under way may take until its deadline.
    void before?.close();
    return Promise.resolve({});
  }

  async #transact(line: Line): Promise<Line> {
    const { revision, succeeded, results, replayed } = await this.#opened.transact(
      {
        conditions: parts(line, "conditions").map(conditionOf),
        then: parts(line, "then").map(operationOf),
        otherwise: parts(line, "otherwise").map(operationOf),
      },
      callOptions(line),
    );
    return { revision, succeeded, results: results.map(toOperationResult), replayed };
  }

  async #transaction(line: Line): Promise<Line> {
    const { id, attempts: attemptsMax, fail } = line;
    const added = Object.entries((line["add"] ?? {}) as Readonly<Record<string, number>>);
    const written = Object.entries((line["write"] ?? {}) as Readonly<Record<string, string>>);
    let attempts = 0;
    const options = {
      ...callOptions(line),
      ...(typeof attemptsMax === "number" ? { attemptsMax } : {}),
    };
    const values = await this.#opened.transaction(async (transaction) => {
      attempts += 1;
      const sums: Record<string, number> = {};
      for (const [key, number] of added) {
        const before = await transaction.get(key);
        const sum = Number(before === undefined ? 0 : Buffer.from(before).toString()) + number;
        sums[key] = sum;
        transaction.set(key, Buffer.from(String(sum)));
      }
      for (const [key, text] of written) transaction.set(key, Buffer.from(text));
      this.#surroundings.say({ id, attempt: attempts });
      await this.#surroundings.untilGo(id);
      if (fail === true) throw new FunctionFailed("as it was told to");
      return sums;
    }, options);
    return { attempts, values };
  }

  /** All at once, as programs do. */
  async #many(line: Line): Promise<Line> {
    const { count } = line;
    const call = textOf(line, "call");
    const prefix = textOf(line, "prefix");
    const options: WriteOptions = callOptions(line);
    let sum = 0n;
    const one = async (index: number): Promise<void> => {
      const key = `${prefix}${String(index)}`;
      if (call === "set") await this.#opened.set(key, Buffer.from(String(index)), options);
      else if (call === "get") await this.#opened.get(key, options);
      else {
        const { value } = await this.#opened.increment(key, 1, options);
        sum += value;
      }
    };
    await Promise.all(Array.from({ length: Number(count) }, (_, index) => one(index)));
    return { count, sum: Number(sum) };
  }
}

function listOptions(line: Line): WriteOptions {
  const { page_size: pageSize, descending } = line;
  return { ...callOptions(line), ...present({ pageSize, descending }) };
}

function scanOptions(line: Line): WriteOptions {
  const { include_values: includeValues, filter, descending, limit } = line;
  return {
    ...callOptions(line),
    ...present({ includeValues: includeValues ?? false, filter, descending, limit }),
  };
}

function present(options: Line): Line {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => (value ?? undefined) !== undefined),
  );
}

function tlsOptions({ ca_file: caFile, server_name: serverName }: Line): Line {
  return present({ caFile, serverName });
}

async function taken<Item>(items: AsyncIterable<Item>, take: unknown): Promise<Item[]> {
  const all: Item[] = [];
  if (take === 0) return all;
  for await (const item of items) {
    all.push(item);
    if (all.length === take) break;
  }
  return all;
}

/** What JSON has no form for, in the nearest one. */
function toJson(value: unknown): unknown {
  if (value === undefined) return null;
  if (value instanceof Uint8Array) return toBase64(value);
  return typeof value === "bigint" ? value.toString() : value;
}
