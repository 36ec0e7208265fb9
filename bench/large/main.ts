/**
 * A large store, as its operator meets it: a real server filled over gRPC, restarted in each
 * way, listed, overwritten in part and compacted, with its times and its memory. `KEYS=1000000` for fewer.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { describeMachine, type Machine } from "../machine.js";
import {
  cpuMicrosOf,
  freePort,
  killWhatRuns,
  residentBytesOf,
  ServerProcess,
} from "../server-process.js";
import { percentile } from "../statistics.js";
import { fill, keyOf } from "./fill.js";
import { toMarkdown, type Step } from "./report.js";

const PROGRAM = join(import.meta.dirname, "../../src/app/cli/kvdb.js");
const RESULTS = join(import.meta.dirname, "../../../bench/results");
const KEYS = Number(process.env["KEYS"] ?? 10_000_000);
/** Overwritten before the compaction. */
const OVERWRITTEN_SHARE = 0.2;
const PAGE_SIZE = 10_000;
const READY_MS_MAX = 600_000;
const STOP_MS_MAX = 120_000;
const PATIENT = { throwIfAbandoned: (): void => undefined };
const ALL = { kind: "all" } as const;

class LargeStore {
  readonly #directory: string;
  readonly #steps: Step[] = [];
  #server: ServerProcess | undefined;
  #store: RemoteStore | undefined;
  #address = "";

  constructor(directory: string) {
    this.#directory = directory;
  }

  async run(): Promise<readonly Step[]> {
    await this.#measure("start, an empty store", () => this.#start());
    await this.#measure(`setting ${String(KEYS)} keys`, () => this.#fill(KEYS, "a"), KEYS);
    await this.#restarts();
    await this.#measure("listing of all keys, pages of 10,000", () => this.#list(), KEYS);
    await this.#measure("count of all keys", () => this.#count());
    const overwritten = Math.floor(KEYS * OVERWRITTEN_SHARE);
    const overwriting = `overwriting ${String(overwritten)} keys`;
    await this.#measure(overwriting, () => this.#fill(overwritten, "b"), overwritten);
    await this.#measure("Gets, one after the other, quiet", () => this.#gets(5000));
    await this.#measure("Compact, with such Gets meanwhile", () => this.#compact());
    await this.#measure("stop", () => this.#stop("SIGTERM"));
    await this.#measure("start after the compaction", () => this.#start());
    await this.#stop("SIGTERM");
    return this.#steps;
  }

  async #restarts(): Promise<void> {
    await this.#measure("stop, which leaves a checkpoint", () => this.#stop("SIGTERM"));
    await this.#measure("start from the checkpoint", () => this.#start());
    await this.#stop("SIGKILL");
    await this.#measure("start after kill -9", () => this.#start());
    await this.#stop("SIGKILL");
    rmSync(join(this.#directory, "data", "checkpoints"), { recursive: true });
    await this.#measure("start without a checkpoint", () => this.#start());
  }

  /** Runs one step and writes down what it took; `count`: of what there is a rate. */
  async #measure(name: string, work: () => Promise<string>, count?: number): Promise<void> {
    process.stderr.write(`${name} ...`);
    const cpuBefore = this.#cpuMicros();
    const startMs = performance.now();
    const note = await work();
    const seconds = (performance.now() - startMs) / 1000;
    const status = await this.#store?.status();
    const step: Step = {
      name,
      seconds,
      perSecond: count === undefined ? undefined : count / seconds,
      serverCpuSeconds: this.#server === undefined ? 0 : (this.#cpuMicros() - cpuBefore) / 1e6,
      residentBytes: this.#server === undefined ? 0 : residentBytesOf(this.#server.pid),
      keydirBytes: status?.keydirBytes ?? 0,
      diskBytes: status?.diskBytes ?? 0,
      note,
    };
    this.#steps.push(step);
    process.stderr.write(` ${seconds.toFixed(2)} s ${note}\n`);
  }

  #cpuMicros(): number {
    return this.#server === undefined ? 0 : cpuMicrosOf(this.#server.pid);
  }

  async #start(): Promise<string> {
    this.#address = `127.0.0.1:${String(await freePort())}`;
    const data = join(this.#directory, "data");
    const words = ["serve", "--data", data, "--listen", this.#address, "--shutdown-grace", "0s"];
    const server = new ServerProcess([process.execPath, PROGRAM, ...words], this.#directory);
    const store = connect({ address: this.#address });
    this.#server = server;
    this.#store = store;
    let keyCount = 0;
    await server.whenReady(async () => {
      ({ keyCount } = await store.status());
      return true;
    }, READY_MS_MAX);
    return `${String(keyCount)} keys`;
  }

  async #stop(signal: "SIGTERM" | "SIGKILL"): Promise<string> {
    await this.#store?.close();
    await this.#server?.stop(signal, STOP_MS_MAX);
    this.#server = undefined;
    this.#store = undefined;
    return signal;
  }

  async #fill(count: number, mark: string): Promise<string> {
    await fill(this.#address, count, mark);
    const { transactionCount, syncCount } = await this.store.status();
    return `${String(transactionCount)} transactions in ${String(syncCount)} syncs since the start`;
  }

  async #list(): Promise<string> {
    let pageToken = "";
    let count = 0;
    const pages: number[] = [];
    do {
      const startMs = performance.now();
      const query = { range: ALL, pageSize: PAGE_SIZE, descending: false, countOnly: false };
      const page = await this.store.listKeys({ ...query, pageToken }, PATIENT);
      pages.push(performance.now() - startMs);
      count += page.keys.length;
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    return `${String(count)} keys; a page ${describeMillis(pages)}`;
  }

  async #count(): Promise<string> {
    const query = { range: ALL, pageSize: 0, pageToken: "", descending: false, countOnly: true };
    const { totalSize } = await this.store.listKeys(query, PATIENT);
    return `${String(totalSize)} keys`;
  }

  async #gets(count: number): Promise<string> {
    return describeMillis(await this.#timeGets((done) => done >= count));
  }

  async #compact(): Promise<string> {
    let isDone = false;
    const compacting = this.store.compact(PATIENT).finally(() => {
      isDone = true;
    });
    const gets = await this.#timeGets(() => isDone);
    const { bytesBefore, bytesAfter, droppedSets } = await compacting;
    const sizes = `${mib(bytesBefore)} to ${mib(bytesAfter)} MiB, ${String(droppedSets)} values dropped`;
    return `${sizes}; ${String(gets.length)} Gets, ${describeMillis(gets)}`;
  }

  /** Gets of keys here and there, one after the other. */
  async #timeGets(isDone: (count: number) => boolean): Promise<number[]> {
    const times: number[] = [];
    for (let count = 0; !isDone(count); count++) {
      const key = Buffer.from(keyOf((count * 7919) % KEYS));
      const startMs = performance.now();
      const { entry } = await this.store.get(key, PATIENT);
      times.push(performance.now() - startMs);
      if (entry === undefined) throw new Error(`${key.toString()} is missing`);
    }
    return times;
  }

  private get store(): RemoteStore {
    if (this.#store === undefined) throw new Error("the server does not run");
    return this.#store;
  }
}

function mib(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}

function describeMillis(times: readonly number[]): string {
  const sorted = Float64Array.from(times).sort();
  const at = (ratio: number): string => percentile(sorted, ratio).toFixed(2);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)} ms`;
}

async function main(): Promise<void> {
  const base = process.env["BENCH_DIRECTORY"] ?? join(import.meta.dirname, "../..");
  mkdirSync(base, { recursive: true });
  const directory = mkdtempSync(join(base, "large-store-"));
  try {
    const startTime = new Date().toISOString();
    const machine: Machine = await describeMachine(directory);
    const steps = await new LargeStore(directory).run();
    const report = { name: "A large store", startTime, machine, keys: KEYS, steps };
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(join(RESULTS, "large-store.json"), `${JSON.stringify(report, null, 2)}\n`);
    const text = toMarkdown(report);
    writeFileSync(join(RESULTS, "large-store.md"), text);
    process.stdout.write(text);
  } finally {
    killWhatRuns();
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
