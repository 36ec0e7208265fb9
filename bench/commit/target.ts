/** What commits: the real engine on a disk of some way, or the log alone with a window of some kind. */

import { join } from "node:path";

import {
  NO_DEADLINE,
  NO_REVISION,
  revision,
  segmentId,
  SILENT_LOGGER,
  SYSTEM_CLOCK,
  MIB,
} from "../../src/base/index.js";
import { NodeFileSystem } from "../../src/disk/index.js";
import {
  Batch,
  OpenSegment,
  RecordType,
  SEGMENT_HEADER_BYTES,
  SpareSegments,
  STORE_ID_BYTES,
  type LogRecord,
} from "../../src/log/index.js";
import { noteOfSet } from "../../src/kv/index.js";
import { DEFAULT_STORAGE_OPTIONS, StorageEngine } from "../../src/storage/index.js";
import { fileSystemOf, type WayName } from "./ways.js";
import { WINDOWS, type Window, type WindowName } from "./windows.js";

export const KEY_BYTES = 16;
export const VALUE_BYTES = 256;
const KEY_COUNT = 10_000;
const VALUE = Buffer.alloc(VALUE_BYTES, "v");
/** More than a measurement writes. */
const LOG_BYTES = 192 * MIB;

export interface Target {
  /** Resolves when one more Set is on stable storage. */
  commit(): Promise<void>;
  readonly syncCount: number;
  close(): Promise<void>;
}

/** So that the directory of keys has what to do. */
function keyOf(index: number): Buffer {
  return Buffer.from(`bench/${String(index % KEY_COUNT).padStart(KEY_BYTES - 6, "0")}`);
}

/** The engine with its default settings. */
export async function openEngine(directory: string, way: WayName): Promise<Target> {
  const engine = await StorageEngine.open({
    ...DEFAULT_STORAGE_OPTIONS,
    noteOfSet,
    fileSystem: fileSystemOf(way),
    directory: join(directory, "data"),
    commitTimeMs: () => SYSTEM_CLOCK.wallMs(),
    onFailure: (error) => {
      throw error;
    },
  });
  let count = 0;
  return {
    async commit() {
      for (;;) {
        const room = engine.admit(KEY_BYTES + VALUE_BYTES, "write");
        if (room === undefined) break;
        await room;
      }
      const set = { kind: "set", value: VALUE, contentType: "", isAnew: false } as const;
      const change = { ...set, key: keyOf(count++), deadlineMs: NO_DEADLINE, setCount: 1 };
      await engine.commit([change], SYSTEM_CLOCK.wallMs()).durable;
    },
    get syncCount() {
      return engine.status().syncCount;
    },
    close: () => engine.close(),
  };
}

/** One segment, and batches of real records in it; when a batch is written, the window says. */
export async function openLog(directory: string, windowName: WindowName): Promise<Target> {
  const fileSystem = new NodeFileSystem();
  const spares = new SpareSegments({
    ...{ fileSystem, directory, clock: SYSTEM_CLOCK, logger: SILENT_LOGGER },
    ...{ segmentBytes: LOG_BYTES, reserveBytes: 0, onProblem: () => undefined },
  });
  const segment = new OpenSegment({
    ...{ fileSystem, directory, id: segmentId(1) },
    ...{ storeId: Buffer.alloc(STORE_ID_BYTES, 7), spare: await spares.make(LOG_BYTES) },
  });
  await segment.prepare(SYSTEM_CLOCK.wallMs());
  return new WindowedLog(segment, WINDOWS[windowName]);
}

class WindowedLog implements Target {
  readonly #segment: OpenSegment;
  readonly #window: Window;
  #open: { readonly batch: Batch; readonly sinceMs: number } | undefined;
  #tail = SEGMENT_HEADER_BYTES;
  #appended = 0;
  #durable = NO_REVISION;
  #isWriting = false;
  syncCount = 0;

  constructor(segment: OpenSegment, window: Window) {
    this.#segment = segment;
    this.#window = window;
  }

  commit(): Promise<void> {
    this.#open ??= {
      batch: new Batch(this.#segment, this.#tail),
      sinceMs: performance.now(),
    };
    const { batch } = this.#open;
    batch.add([recordOf(++this.#appended)]);
    if (!this.#isWriting) void this.#writeAll();
    return batch.settlement.promise;
  }

  async close(): Promise<void> {
    await this.#segment.close();
  }

  async #writeAll(): Promise<void> {
    this.#isWriting = true;
    await this.#window.whenIdle(performance.now());
    while (this.#open !== undefined) {
      const { batch } = this.#open;
      this.#open = undefined;
      this.#tail = batch.endOffset;
      await this.#segment.write(batch, this.#durable, batch.commitTimeMs);
      this.syncCount++;
      this.#durable = batch.lastRevision;
      batch.settlement.resolve();
      await this.#window.afterSync(this.#sinceMs());
    }
    this.#isWriting = false;
  }

  /** When the first of those who wait came. */
  #sinceMs(): number {
    return this.#open?.sinceMs ?? performance.now();
  }
}

/** A Set of a new key in a transaction of its own. */
function recordOf(number: number): LogRecord {
  return {
    type: RecordType.SET,
    revision: revision(number),
    index: 0,
    isLastOfTransaction: true,
    commitTimeMs: SYSTEM_CLOCK.wallMs(),
    createRevision: revision(number),
    version: 1,
    deadlineMs: NO_DEADLINE,
    contentType: "",
    key: keyOf(number),
    value: VALUE,
    codec: "none",
    valueSize: VALUE_BYTES,
    isValueOmitted: false,
    isWhileDown: false,
  };
}
