/**
 * The life of a server. It listens at once, NOT_SERVING; opens the store; serves; and ends in one of three
 * ways: as asked by a signal, in order; at once, by a second signal or when the order takes too long; or
 * because the disk refused. None of them loses a write that was acknowledged, because such a write was on
 * stable storage before its answer.
 */

import type { KvError, Logger } from "../base/index.js";
import { KeyValueServer } from "../grpc/index.js";
import type { Store } from "../kv/index.js";
import { serverOptionsOf } from "./config/server-parts.js";
import type { Config } from "./config/settings.js";
import { formatDurationMs } from "./duration.js";
import { EXIT_CODES, exitOfServerError, type Exit } from "./exit-codes.js";
import { packageVersion } from "./version.js";

/** After the disk refused, answers that say so get this long to reach their callers. */
const FAILURE_GRACE_MS = 500;

/** The share of the time to stop that calls under way get; the rest is for the store to close. */
const CALLS_SHARE = 0.75;

type Ending =
  | { readonly kind: "signal"; readonly name: string }
  | { readonly kind: "failure"; readonly error: KvError };

export interface ServerWorld {
  readonly config: Config;
  readonly logger: Logger;
  /** Opens the store. `onFailure` is to be told when the disk has refused and nothing more can be written. */
  readonly openStore: (onFailure: (error: KvError) => void) => Promise<Store>;
}

/** Resolves to how the process shall end. Rejects where the server or the store could not start. */
export async function serve(world: ServerWorld): Promise<Exit> {
  return new ServerRun(world).run();
}

class ServerRun {
  readonly #config: Config;
  readonly #logger: Logger;
  readonly #open: ServerWorld["openStore"];
  readonly #startMs = performance.now();
  readonly #ending: Promise<Ending>;
  #end: (ending: Ending) => void = () => undefined;
  #stopMs: number | undefined;
  /** The disk has refused, maybe while the store is being closed. */
  #failure: KvError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(world: ServerWorld) {
    this.#config = world.config;
    this.#logger = world.logger;
    this.#open = world.openStore;
    this.#ending = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async run(): Promise<Exit> {
    const { data } = this.#config;
    this.#logger.info({ version: packageVersion(), node: process.version, data }, "starting");
    const server = await KeyValueServer.listen(serverOptionsOf(this.#config, this.#logger));
    const onSignal = (name: string): void => {
      this.#onSignal(name, server);
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
    try {
      const store = await this.#openStore(server);
      if (this.#stopMs === undefined) await this.#announce(server, store);
      const ending = await this.#ending;
      return ending.kind === "signal"
        ? await this.#stop(server, store)
        : await this.#fail(server, ending.error);
    } finally {
      process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
      clearTimeout(this.#timer);
    }
  }

  async #openStore(server: KeyValueServer): Promise<Store> {
    try {
      return await this.#open((error) => {
        this.#failure = error;
        this.#end({ kind: "failure", error });
      });
    } catch (error) {
      await server.stop(0);
      throw error;
    }
  }

  async #announce(server: KeyValueServer, store: Store): Promise<void> {
    const { storeId, historyId, revision, keyCount } = await store.status();
    server.serve(store);
    const durationMs = Math.round(performance.now() - this.#startMs);
    const fields = { address: server.address, durationMs, storeId, historyId, revision, keyCount };
    this.#logger.info(fields, `ready: serving on ${server.address}`);
  }

  #onSignal(name: string, server: KeyValueServer): void {
    if (this.#stopMs !== undefined) {
      this.#logger.warn({ signal: name }, "ending at once: this is the second signal");
      process.exit(EXIT_CODES.forced.code);
    }
    this.#stopMs = performance.now();
    const graceMs = this.#config["shutdown.grace"];
    const timeoutMs = this.#config["shutdown.timeout"];
    server.announceStop();
    const grace = graceMs === 0 ? "" : `calls are served for ${formatDurationMs(graceMs)} more; `;
    this.#logger.info(
      { signal: name, graceMs, timeoutMs },
      `stopping: ${grace}a second signal ends at once`,
    );
    // It keeps the process alive: a store that never closes must not look like one that did.
    this.#timer = setTimeout(() => {
      this.#logger.error(
        { timeoutMs },
        "ending at once: stopping took longer than shutdown.timeout",
      );
      process.exit(EXIT_CODES.forced.code);
    }, timeoutMs);
    setTimeout(() => {
      this.#end({ kind: "signal", name });
    }, graceMs);
  }

  /** In order: the calls, then the store with all that is queued, then the lock. */
  async #stop(server: KeyValueServer, store: Store): Promise<Exit> {
    const sinceMs = performance.now() - (this.#stopMs ?? 0);
    const restMs = Math.max(0, this.#config["shutdown.timeout"] - sinceMs);
    await server.stop(restMs * CALLS_SHARE);
    try {
      await store.close();
    } catch (error) {
      this.#logger.error({ err: error }, "the store could not be closed in order");
      return exitOfServerError(error);
    }
    if (this.#failure !== undefined) {
      this.#logger.error({ err: this.#failure }, "the disk refused while the store was closed");
      return "storage";
    }
    this.#logger.info({ durationMs: Math.round(performance.now() - this.#startMs) }, "stopped");
    return "ok";
  }

  /** The store is not closed: it has lost the right to write, and the kernel takes the lock back. */
  async #fail(server: KeyValueServer, error: KvError): Promise<Exit> {
    this.#logger.error({ err: error }, "the disk refused: ending, for nothing more can be written");
    await server.stop(FAILURE_GRACE_MS);
    return "storage";
  }
}
