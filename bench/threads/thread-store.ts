/**
 * A store that lives in another thread. The sets and the gets that are asked for in one turn of the event loop go there as one
 * message each, and their answers come back as one.
 */

import type { MessagePort } from "node:worker_threads";

import { asBuffer } from "../../src/base/index.js";
import type { GetResult, SetResult, Store, StoreStatus } from "../../src/kv/index.js";
import {
  OperationBatch,
  readAnswers,
  readOperations,
  writeAnswers,
  type BatchKind,
} from "./batch.js";

/** A caller that waits for ever. */
const PATIENT = { throwIfAbandoned: () => undefined };

export type Asked =
  | { readonly id: number; readonly kind: BatchKind; readonly bytes: Uint8Array }
  | { readonly id: number; readonly kind: "status" };

interface Answered {
  readonly id: number;
  readonly bytes?: Uint8Array;
  readonly status?: StoreStatus;
}

/** In the engine's thread: does what one front end asks. */
export function serveFrontEnd(store: Store, port: MessagePort): void {
  // Gets do not wait for the syncs of sets.
  const pipelines = { set: store.pipeline(), get: store.pipeline() };
  port.on("message", (asked: Asked) => {
    void answer(asked);
  });

  async function answer(asked: Asked): Promise<void> {
    const { id } = asked;
    if (asked.kind === "status") {
      port.postMessage({ id, status: await store.status() } satisfies Answered);
      return;
    }
    const operations = readOperations(asked.kind, asBuffer(asked.bytes));
    const bytes = writeAnswers(await pipelines[asked.kind].perform(operations, PATIENT));
    port.postMessage({ id, bytes } satisfies Answered, [bytes.buffer as ArrayBuffer]);
  }
}

interface Waiting {
  readonly keys: Buffer[];
  readonly resolves: ((result: SetResult | GetResult) => void)[];
}

/** In a front end: set, get and status, and nothing else. */
export class ThreadStore implements Pick<Store, "set" | "get" | "status"> {
  readonly #port: MessagePort;
  readonly #sets: Batching;
  readonly #gets: Batching;
  readonly #waiting = new Map<number, Waiting>();
  readonly #statuses = new Map<number, (status: StoreStatus) => void>();
  #nextId = 1;

  constructor(port: MessagePort) {
    this.#port = port;
    this.#sets = new Batching((bytes, waiting) => {
      this.#send("set", bytes, waiting);
    });
    this.#gets = new Batching((bytes, waiting) => {
      this.#send("get", bytes, waiting);
    });
    port.on("message", (answered: Answered) => {
      this.#take(answered);
    });
  }

  set({ key, value }: { readonly key: Buffer; readonly value: Buffer }): Promise<SetResult> {
    return this.#sets.add(key, value) as Promise<SetResult>;
  }

  get(key: Buffer): Promise<GetResult> {
    return this.#gets.add(key) as Promise<GetResult>;
  }

  status(): Promise<StoreStatus> {
    return new Promise((resolve) => {
      const id = this.#nextId++;
      this.#statuses.set(id, resolve);
      this.#port.postMessage({ id, kind: "status" } satisfies Asked);
    });
  }

  #send(kind: BatchKind, bytes: Buffer, waiting: Waiting): void {
    const id = this.#nextId++;
    this.#waiting.set(id, waiting);
    this.#port.postMessage({ id, kind, bytes } satisfies Asked, [bytes.buffer as ArrayBuffer]);
  }

  #take({ id, bytes, status }: Answered): void {
    if (status !== undefined) this.#statuses.get(id)?.(status);
    this.#statuses.delete(id);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || bytes === undefined) return;
    this.#waiting.delete(id);
    const results = readAnswers(asBuffer(bytes), waiting.keys);
    for (const [index, resolve] of waiting.resolves.entries()) {
      const result = results[index];
      if (result !== undefined) resolve(result);
    }
  }
}

/** Gathers what is asked for in a turn. */
class Batching {
  readonly #send: (bytes: Buffer, waiting: Waiting) => void;
  #batch = new OperationBatch();
  #waiting: Waiting = { keys: [], resolves: [] };

  constructor(send: (bytes: Buffer, waiting: Waiting) => void) {
    this.#send = send;
  }

  add(key: Buffer, value?: Buffer): Promise<SetResult | GetResult> {
    if (this.#waiting.keys.length === 0) {
      setImmediate(() => {
        this.#flush();
      });
    }
    this.#batch.add(key, value);
    this.#waiting.keys.push(key);
    return new Promise((resolve) => this.#waiting.resolves.push(resolve));
  }

  #flush(): void {
    const batch = this.#batch;
    const waiting = this.#waiting;
    this.#batch = new OperationBatch();
    this.#waiting = { keys: [], resolves: [] };
    this.#send(batch.finish(), waiting);
  }
}
