/**
 * The program of the reading thread: it reads what is on the tray, one read after the other, and hands the tray back.
 * What the kernel has in memory takes it a microsecond or two each. If a disk has to be waited for, it hands back early, for
 * several threads wait better than one.
 */

import { readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

import { present } from "../base/index.js";
import { ReadTray, READ_WORTH_MICROS, type TrayRead } from "./read-tray.js";

const MICROS_PER_MS = 1000;

/**
 * A read that takes so long waits for the disk, and so might those behind it: they are handed back. It counts for no more,
 * either: a busy machine has this thread wait for a processor, seldom and for milliseconds; a disk has it wait at many a read.
 */
const SPENT_MICROS_MAX = 500;

const port = present(parentPort, "the thread that this one reads for");
const tray = new ReadTray(workerData as SharedArrayBuffer);

// All that it needs is loaded, which takes ten times as long as a trip.
port.postMessage(undefined);
for (let trip = 0; ;) {
  trip = tray.awaitAfter(trip);
  readAll();
  port.postMessage(undefined);
}

function readAll(): void {
  let beforeMs = performance.now();
  let doneCount = 0;
  let spentMicros = 0;
  for (const read of tray.reads()) {
    const outcome = readOne(read);
    if (outcome === undefined) break;
    tray.setOutcome(doneCount, outcome);
    doneCount++;
    const nowMs = performance.now();
    const tookMicros = (nowMs - beforeMs) * MICROS_PER_MS;
    spentMicros += Math.min(SPENT_MICROS_MAX, tookMicros);
    beforeMs = nowMs;
    if (tookMicros >= SPENT_MICROS_MAX) break;
    if (spentMicros > tray.creditMicros + doneCount * READ_WORTH_MICROS) break;
  }
  tray.setDone(doneCount, Math.round(spentMicros));
}

/** What came of it; undefined: an error that is not the system's, which whoever reads alone will meet, too. */
function readOne({ descriptor, offset, length, at }: TrayRead): number | undefined {
  try {
    for (let filled = 0; ;) {
      const wanted = length - filled;
      const count = readSync(descriptor, tray.bytes, at + filled, wanted, offset + filled);
      filled += count;
      if (count === 0 || count === wanted) return filled;
    }
  } catch (error) {
    return (error as NodeJS.ErrnoException).errno;
  }
}
