/**
 * What it costs to hand bytes to another thread and to get as many back, by the ways that Node.js has: a message whose bytes are
 * copied, a message that gives its bytes away, and shared memory of which the other thread is told by Atomics. One
 * hand-over is under way at a time, as with one caller; the CPU time is that of both threads.
 */

import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const WAYS = ["a copied message", "a message given away", "shared memory"] as const;
type Way = (typeof WAYS)[number];

export interface HandOver {
  readonly way: Way;
  readonly bytes: number;
  /** There and back. */
  readonly micros: number;
  readonly cpuMicros: number;
}

/** About what one, sixteen and 128 sets take. */
const SIZES = [300, 4800, 38_400] as const;
const WARM_UP_TURNS = 3000;
const TURNS = 20_000;

interface Shared {
  /** The turn that was asked for, and the one that was answered. */
  readonly turns: Int32Array;
  readonly bytes: Uint8Array;
}
const ASKED = 0;
const ANSWERED = 1;

interface Task {
  readonly way: Way;
  readonly shared: Shared;
}

/** Not in the types of ES2023. */
interface AsyncAtomics {
  waitAsync(
    array: Int32Array,
    index: number,
    value: number,
  ): { readonly async: boolean; readonly value: unknown };
}

async function whenNot(array: Int32Array, index: number, value: number): Promise<void> {
  while (Atomics.load(array, index) === value) {
    const waiting = (Atomics as unknown as AsyncAtomics).waitAsync(array, index, value);
    if (waiting.async) await (waiting.value as Promise<unknown>);
  }
}

function tell({ turns }: Shared, index: number, turn: number): void {
  Atomics.store(turns, index, turn);
  Atomics.notify(turns, index);
}

/** In the other thread: gives back what it gets. */
async function echo({ way, shared }: Task): Promise<void> {
  parentPort?.on("message", (bytes: Uint8Array) => {
    const answer = Uint8Array.from(bytes);
    parentPort?.postMessage(answer, way === "a message given away" ? [answer.buffer] : []);
  });
  // The thread ends with its parent; it waits for messages in any case.
  for (let turn = 0; way === "shared memory"; turn += 1) {
    await whenNot(shared.turns, ASKED, turn);
    shared.bytes.set(Uint8Array.from(shared.bytes));
    tell(shared, ANSWERED, turn + 1);
  }
}

async function measureWay(way: Way, byteCount: number): Promise<HandOver> {
  const shared: Shared = {
    turns: new Int32Array(new SharedArrayBuffer(8)),
    bytes: new Uint8Array(new SharedArrayBuffer(byteCount)),
  };
  const task: Task = { way, shared };
  const worker = new Worker(new URL(import.meta.url), { workerData: task });
  await once(worker, "online");
  let turn = 0;
  const handOver = async (): Promise<void> => {
    const bytes = new Uint8Array(byteCount).fill(turn);
    if (way === "shared memory") {
      shared.bytes.set(bytes);
      tell(shared, ASKED, ++turn);
      await whenNot(shared.turns, ANSWERED, turn - 1);
      return;
    }
    const answered = new Promise((resolve) => worker.once("message", resolve));
    worker.postMessage(bytes, way === "a message given away" ? [bytes.buffer] : []);
    await answered;
  };
  for (let count = 0; count < WARM_UP_TURNS; count += 1) await handOver();
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  for (let count = 0; count < TURNS; count += 1) await handOver();
  const micros = ((performance.now() - startMs) * 1000) / TURNS;
  const { user, system } = process.cpuUsage(cpuBefore);
  await worker.terminate();
  return { way, bytes: byteCount, micros, cpuMicros: (user + system) / TURNS };
}

/** Each way with each size. */
export async function measureHandOver(): Promise<readonly HandOver[]> {
  const measured: HandOver[] = [];
  for (const bytes of SIZES) {
    for (const way of WAYS) measured.push(await measureWay(way, bytes));
  }
  return measured;
}

if (!isMainThread) void echo(workerData as Task);
