/**
 * A function that reads and writes, done as one transaction: what it wrote is made with one Transact, on the condition that
 * every key it read is as it was read. If one is not, the function is called again.
 */

import { status } from "@grpc/grpc-js";

import { cancelledError, invalidField, KeyValueError } from "./key-value-error.js";
import { pause } from "./pause.js";
import { spread } from "./retry-policy.js";
import type {
  Condition,
  Entry,
  Operation,
  TransactionOptions,
  TransactRequest,
  TransactResult,
} from "./types.js";

const ATTEMPTS_MAX_DEFAULT = 10;
const WAIT_MS_FIRST = 10;
const WAIT_MS_MAX = 640;

/** What a transaction needs of a client. */
export interface Transactor<V> {
  get(key: string, options: TransactionOptions): Promise<Entry<V> | undefined>;
  transact(request: TransactRequest<V>, options: TransactionOptions): Promise<TransactResult<V>>;
}

type OptionsOf<Kind extends Operation<unknown>["kind"], V> = Omit<
  Extract<Operation<V>, { readonly kind: Kind }>,
  "kind" | "key" | "value" | "delta"
>;

/** What was written of a key here: a value, that it is gone, or what cannot be told before it is done. */
type Written<V> =
  | { readonly is: "value"; readonly value: V }
  | { readonly is: "absent" }
  | { readonly is: "unknown" };

export class Transaction<V> {
  readonly #client: Transactor<V>;
  readonly #options: TransactionOptions;
  /** By key, as each was read first. */
  readonly #read = new Map<string, Promise<Entry<V> | undefined>>();
  readonly #revisions = new Map<string, number>();
  readonly #written = new Map<string, Written<V>>();
  readonly #operations: Operation<V>[] = [];

  constructor(client: Transactor<V>, options: TransactionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * The value of a key: what was written here before, else what it was when it was first read. Undefined: there is no such key. A key that
   * was incremented or touched here cannot be read: INVALID_FIELD.
   */
  async get(key: string): Promise<V | undefined> {
    const written = this.#written.get(key);
    if (written?.is === "value") return written.value;
    if (written?.is === "absent") return undefined;
    if (written?.is === "unknown") {
      throw invalidField("key", `${key} was incremented or touched in this transaction`);
    }
    let reading = this.#read.get(key);
    if (reading === undefined) {
      reading = this.#client.get(key, this.#options);
      this.#read.set(key, reading);
    }
    const entry = await reading;
    this.#revisions.set(key, entry?.revision ?? 0);
    return entry?.value;
  }

  set(key: string, value: V, options: OptionsOf<"set", V> = {}): void {
    this.#operations.push({ kind: "set", key, value, ...options });
    this.#written.set(key, { is: "value", value });
  }

  delete(key: string): void {
    this.#operations.push({ kind: "delete", key });
    this.#written.set(key, { is: "absent" });
  }

  touch(key: string, options: OptionsOf<"touch", V>): void {
    this.#operations.push({ kind: "touch", key, ...options });
    this.#written.set(key, { is: "unknown" });
  }

  increment(
    key: string,
    delta: number | bigint = 1,
    options: OptionsOf<"increment", V> = {},
  ): void {
    this.#operations.push({ kind: "increment", key, delta, ...options });
    this.#written.set(key, { is: "unknown" });
  }

  /** Whether everything is done. */
  async commit(): Promise<boolean> {
    const conditions = [...this.#revisions].map(([key, revision]): Condition<V> => ({
      key,
      revision,
    }));
    // What one key was is true at one moment; what several were may never have been true together.
    if (this.#operations.length === 0 && conditions.length <= 1) return true;
    const request = { conditions, then: this.#operations };
    return (await this.#client.transact(request, this.#options)).succeeded;
  }
}

export async function runTransaction<V, Result>(
  client: Transactor<V>,
  body: (transaction: Transaction<V>) => Promise<Result> | Result,
  options: TransactionOptions,
): Promise<Result> {
  const { attemptsMax = ATTEMPTS_MAX_DEFAULT, signal } = options;
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const transaction = new Transaction(client, options);
    const result = await body(transaction);
    if (await transaction.commit()) return result;
    if (attempt === attemptsMax) break;
    await pause(spread(Math.min(WAIT_MS_FIRST * 2 ** (attempt - 1), WAIT_MS_MAX)), signal);
    if (signal?.aborted === true) throw cancelledError(signal.reason);
  }
  const times = `${String(attemptsMax)} times`;
  throw new KeyValueError(`a key that the transaction read was changed meanwhile, ${times}`, {
    reason: "PRECONDITION_FAILED",
    code: status.ABORTED,
  });
}
