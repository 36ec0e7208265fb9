/** A small store on the disk in memory, of which a test tells what was asked of the disk, step by step. */

import { openLocalStore, type LocalStoreOptions, type Store } from "../../src/kv/index.js";
import { CrashDisk } from "../support/crash-disk.js";
import { DATA_DIRECTORY, tinyStoreOptions, type TinyStoreOptions } from "../support/local-store.js";
import { ManualClock, settle } from "../support/manual-clock.js";
import { Random } from "../support/random.js";

/** Spares are filled while other things go on; when, is not what the orders are about. */
const SPARE = /^(create|write|sync) segments\/spare-(?!start-)/;
/** But one that becomes a segment is waited for, from its header on. */
const HEADER = " 0 64";

/** The next manifest is allocated ahead, likewise: a block of zeros under its temporary name. */
const MANIFEST_AHEAD = "write MANIFEST.tmp 0 4096";
const MANIFEST_AHEAD_WITH = ["create MANIFEST.tmp", "sync MANIFEST.tmp"];

export class TracedStore {
  readonly disk: CrashDisk;
  readonly clock: ManualClock;
  readonly #retentionMs: number;
  readonly #random = new Random(1);
  #store: Store | undefined;

  constructor(options: { readonly disk?: CrashDisk; readonly retentionMs?: number } = {}) {
    this.disk = options.disk ?? new CrashDisk();
    this.clock = new ManualClock();
    this.#retentionMs = options.retentionMs ?? 3_600_000;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error("the store is not open");
    return this.#store;
  }

  async open(compression?: TinyStoreOptions["compression"]): Promise<void> {
    this.#store = await openLocalStore(this.#options(compression));
  }

  /** Waits until nothing more is asked of the disk while time stands still. */
  async quiet(): Promise<void> {
    for (let calls = -1; calls !== this.disk.callCount;) {
      calls = this.disk.callCount;
      await settle();
    }
  }

  /** What `run` asked of the disk: what it waited for, then what went on beside it. */
  async orderOf(run: () => Promise<unknown>): Promise<string> {
    await this.quiet();
    const start = this.disk.trace.length;
    await run();
    await this.quiet();
    const lines = underPresentNames(this.disk.trace).slice(start).map(shortened);
    const beside = linesBeside(lines);
    const awaited = lines.filter((_line, index) => !beside.has(index));
    const others = lines.filter((_line, index) => beside.has(index));
    const spares = others.filter((line) => SPARE.test(line));
    const manifests = others.filter((line) => !SPARE.test(line));
    const parts = [awaited, spares, manifests].filter((part) => part.length > 0);
    return `${parts.map((part) => part.join("\n")).join("\n\nbeside it\n")}\n`;
  }

  #options(compression: TinyStoreOptions["compression"]): LocalStoreOptions {
    const options = tinyStoreOptions({
      fileSystem: this.disk,
      directory: DATA_DIRECTORY,
      clock: this.clock,
      retentionMs: this.#retentionMs,
      compression,
    });
    const randomBytes = (count: number): Buffer => this.#random.bytes(count);
    return { ...options, storage: { ...options.storage, randomBytes } };
  }
}

/** The disk tells of a file under the name that it was opened by; here it has the name that it has by then. */
function underPresentNames(trace: readonly string[]): string[] {
  const names = new Map<string, string>();
  return trace.map((line) => {
    const [verb = "", path = "", ...rest] = line.split(" ");
    switch (verb) {
      case "create":
        names.delete(path);
        return line;
      case "rename": {
        const [to = ""] = rest;
        for (const [opened, name] of names) if (name === path) names.set(opened, to);
        names.set(path, to);
        return line;
      }
      case "write":
      case "sync":
      case "truncate":
        return [verb, names.get(path) ?? path, ...rest].join(" ");
      default:
        return line;
    }
  });
}

/** The data directory itself has no name of its own in these lines. */
function shortened(line: string): string {
  const relative = line.replaceAll(/\/data\/?/g, "");
  return relative.endsWith(" ") ? `${relative}.` : relative;
}

/** Which lines tell of what goes on beside what is waited for. */
function linesBeside(lines: readonly string[]): ReadonlySet<number> {
  const beside = new Set<number>();
  lines.forEach((line, index) => {
    if (SPARE.test(line) && !line.endsWith(HEADER)) beside.add(index);
    if (line !== MANIFEST_AHEAD) return;
    const [create = "", sync = ""] = MANIFEST_AHEAD_WITH;
    for (const each of [lines.lastIndexOf(create, index), index, lines.indexOf(sync, index)]) {
      beside.add(each);
    }
  });
  return beside;
}
