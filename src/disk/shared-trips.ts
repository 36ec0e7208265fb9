/**
 * Small reads that are asked for within one turn of the event loop make one trip to a thread that reads, and share its
 * cost: that of a trip through libuv's pool is twenty times that of reading what the kernel has in memory.
 *
 * Each trip is one behind the other, so what the kernel does not have would be waited for in a row. While reads are
 * that slow, and where there is only one, they go through the pool, which has four threads; so do those that come while a trip is overdue.
 */

import { getSystemErrorMap } from "node:util";

import { Slots } from "../base/index.js";
import { readInPool } from "./pool-read.js";
import { ReaderThread } from "./reader-thread.js";
import { READ_WORTH_MICROS } from "./read-tray.js";

/** The writes of the log go through the pool, too, and are not to wait behind hundreds of reads. */
const POOL_READS_MAX = 16;

/** A lone read gains nothing by the thread. */
const TRIP_READS_MIN = 2;

/** The thread is started when so many reads come together; whoever reads one by one never needs it. */
const START_READS_MIN = 8;

/** A trip that takes longer waits for a disk that hardly answers. It holds up no more reads than its own. */
const TRIP_MS_MAX = 10;

/** How much longer than they are worth reads may take the thread before they are called slow. */
const CREDIT_MICROS_MAX = 5000;

/** So many reads go through the pool when those of the thread were slow; twice as many when they still are afterwards. */
const PAUSE_READS_MIN = 1024;
const PAUSE_READS_MAX = 65_536;

interface WantedRead {
  readonly descriptor: number;
  readonly into: Buffer;
  readonly offset: number;
  readonly resolve: (count: number) => void;
  readonly reject: (error: unknown) => void;
}

export class SharedTrips {
  readonly #creditMicrosMax: number;
  readonly #pool = new Slots(POOL_READS_MAX);
  #wanted: WantedRead[] = [];
  #thread: ReaderThread | undefined;
  #isOpen = false;
  /** Whether the last turn had one read: then the next is not kept waiting for others. */
  #isLone = true;
  #isLoneUnderWay = false;
  #isTurnEnding = false;
  #isUnderWay = false;
  #isOverdue = false;
  #creditMicros: number;
  #pauseReads = PAUSE_READS_MIN;
  #pauseReadsLeft = 0;
  #readsSincePause = 0;
  #threadReadCount = 0;

  /** A test may have every trip called slow, by a credit far below zero. */
  constructor(creditMicrosMax = CREDIT_MICROS_MAX) {
    this.#creditMicrosMax = creditMicrosMax;
    this.#creditMicros = creditMicrosMax;
  }

  /** From now on a thread may be started. */
  open(): void {
    this.#isOpen = true;
  }

  /** Ends the thread. Reads go through the pool from now on. */
  async close(): Promise<void> {
    this.#isOpen = false;
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.stop();
  }

  /** How many reads the thread has done. */
  get threadReadCount(): number {
    return this.#threadReadCount;
  }

  /** As `File.read`, of at most SMALL_READ_BYTES_MAX. The descriptor stays open until it is answered. */
  read(descriptor: number, into: Buffer, offset: number): Promise<number> {
    if (this.#isOverdue) return this.#pool.run(() => readInPool(descriptor, into, offset));
    const isFirst = !this.#isTurnEnding && !this.#isUnderWay && !this.#isLoneUnderWay;
    if (isFirst && this.#isLone) return this.#readLone(descriptor, into, offset);
    return new Promise((resolve, reject) => {
      this.#wanted.push({ descriptor, into, offset, resolve, reject });
      if (this.#isTurnEnding || this.#isUnderWay) return;
      this.#isTurnEnding = true;
      setImmediate(() => {
        this.#isTurnEnding = false;
        this.#send();
      });
    });
  }

  /** For whoever reads one by one: the end of the turn brings no other. Those that do come meanwhile are gathered. */
  async #readLone(descriptor: number, into: Buffer, offset: number): Promise<number> {
    this.#isLoneUnderWay = true;
    try {
      return await this.#pool.run(() => readInPool(descriptor, into, offset));
    } finally {
      this.#isLoneUnderWay = false;
    }
  }

  #send(): void {
    if (this.#isUnderWay || this.#wanted.length === 0) return;
    this.#isLone = this.#wanted.length === 1;
    const thread = this.#threadFor(this.#wanted.length);
    if (thread === undefined) {
      for (const wanted of this.#wanted.splice(0)) this.#readAlone(wanted);
      return;
    }
    void this.#travel(thread);
  }

  /** Undefined: these reads go through the pool. */
  #threadFor(readCount: number): ReaderThread | undefined {
    if (!this.#isOpen || readCount < TRIP_READS_MIN) return undefined;
    if (this.#pauseReadsLeft > 0) {
      this.#pauseReadsLeft -= readCount;
      return undefined;
    }
    if (this.#thread === undefined && readCount >= START_READS_MIN) {
      this.#thread = new ReaderThread();
    }
    return this.#thread?.isReady === true ? this.#thread : undefined;
  }

  async #travel(thread: ReaderThread): Promise<void> {
    const trip: WantedRead[] = [];
    for (const wanted of this.#wanted) {
      if (!thread.tray.add(wanted.descriptor, wanted.offset, wanted.into.length)) break;
      trip.push(wanted);
    }
    this.#wanted = this.#wanted.slice(trip.length);
    this.#isUnderWay = true;
    const timer = setTimeout(() => {
      this.#isOverdue = true;
      for (const wanted of this.#wanted.splice(0)) this.#readAlone(wanted);
    }, TRIP_MS_MAX);
    await thread.send(this.#creditMicros);
    clearTimeout(timer);
    this.#isOverdue = false;
    this.#isUnderWay = false;
    this.#unload(thread, trip);
    this.#send();
  }

  #unload({ tray }: ReaderThread, trip: readonly WantedRead[]): void {
    const { doneCount } = tray;
    let at = 0;
    for (let index = 0; index < trip.length; index++) {
      const wanted = trip[index];
      if (wanted === undefined) break;
      if (index >= doneCount) {
        this.#readAlone(wanted);
        continue;
      }
      const outcome = tray.outcomeOf(index);
      if (outcome < 0) wanted.reject(systemErrorOf(outcome));
      else {
        tray.bytes.copy(wanted.into, 0, at, at + outcome);
        wanted.resolve(outcome);
      }
      at += wanted.into.length;
    }
    this.#judge(doneCount, tray.spentMicros);
  }

  /** Each read earns what it is worth and spends what it took: who spends more than was earned lately is slow. */
  #judge(readCount: number, spentMicros: number): void {
    const credit = this.#creditMicros + readCount * READ_WORTH_MICROS - spentMicros;
    this.#creditMicros = Math.min(credit, this.#creditMicrosMax);
    this.#threadReadCount += readCount;
    this.#readsSincePause += readCount;
    if (this.#readsSincePause >= this.#pauseReads) this.#pauseReads = PAUSE_READS_MIN;
    if (this.#creditMicros >= 0) return;
    this.#creditMicros = this.#creditMicrosMax;
    this.#readsSincePause = 0;
    this.#pauseReadsLeft = this.#pauseReads;
    this.#pauseReads = Math.min(this.#pauseReads * 2, PAUSE_READS_MAX);
  }

  #readAlone({ descriptor, into, offset, resolve, reject }: WantedRead): void {
    this.#pool.run(() => readInPool(descriptor, into, offset)).then(resolve, reject);
  }
}

/** As `fs.read` would have given it. */
function systemErrorOf(errno: number): Error {
  const [code, message] = getSystemErrorMap().get(errno) ?? ["EIO", "unknown error"];
  const syscall = "read";
  return Object.assign(new Error(`${code}: ${message}, ${syscall}`), { errno, code, syscall });
}
