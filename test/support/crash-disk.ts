/**
 * A disk in memory that can crash, fail, fill up, and tell what was asked of it.
 *
 * It keeps every step that changed it. So one run of a workload is enough to see the disk as a power
 * cut would have left it after each step and in each way of losing what was not synced: `crashAt` plays
 * the steps again up to there. The disk that comes out is a new one; handles and locks stay behind.
 */

import { dirname, basename } from "node:path";

import type { DirectoryLock, File, FileSystem, OpenMode } from "../../src/disk/index.js";
import {
  BLOCK_BYTES,
  DiskFaults,
  DiskSpace,
  systemError,
  type CallLie,
  type Fault,
  type Verb,
} from "./disk-faults.js";
import { DiskState, ROOT, type Node, type Step } from "./disk-state.js";
import { afterPowerCut, type Aftermath, type Loss } from "./power-cut.js";

export interface CrashDiskOptions {
  /** What each call waits for before it is answered, so that calls under way overlap. */
  readonly pace?: () => Promise<void>;
  /** What says that it made things durable and did not: a test that cannot see that sees nothing. */
  readonly lies?: readonly Lie[];
  /** In its `last` life a disk is not to be crashed any more: it keeps no steps and tells no trace. */
  readonly life?: "last" | "before a cut";
}

export type Lie = "sync" | "sync-directory" | "durable-write";

interface Place {
  readonly directory: number;
  readonly name: string;
}

export class CrashDisk implements FileSystem {
  readonly #state: DiskState;
  readonly #origin: DiskState;
  readonly #steps: Step[] = [];
  readonly #trace: string[] = [];
  readonly #faults = new DiskFaults();
  readonly #space = new DiskSpace();
  readonly #locks = new Set<string>();
  readonly #handlesByNode = new Map<number, number>();
  readonly #unlinked = new Set<number>();
  readonly #pace: () => Promise<void>;
  readonly #lies: ReadonlySet<Lie>;
  readonly #isLast: boolean;
  readonly #firstOrder: number;
  /** What the power cut that made this disk kept of the unsynced; see `Aftermath`. */
  readonly kept: string;
  #replayed: DiskState;
  #callCount = 0;
  #callsLeft = Number.POSITIVE_INFINITY;
  #dead = false;

  /** An empty disk, or the one that a power cut left. */
  constructor(options: CrashDiskOptions = {}, left?: Aftermath) {
    this.#isLast = options.life === "last";
    const state = left?.state ?? new DiskState();
    this.kept = left?.kept ?? "";
    this.#state = state;
    this.#firstOrder = state.order;
    this.#origin = this.#isLast ? state : state.copy();
    this.#replayed = this.#isLast ? state : this.#origin.copy();
    this.#pace = options.pace ?? (() => Promise.resolve());
    this.#lies = new Set(options.lies);
    state.nodes.forEach((node, id) => {
      if (node.kind === "file") this.#space.hold(id, node.seen.size);
    });
  }

  // What a test asks.

  /** How many steps have changed the disk. The power can go after any of them. */
  get stepCount(): number {
    return this.#state.order - this.#firstOrder;
  }

  /** How many calls were made, those that change nothing among them. */
  get callCount(): number {
    return this.#callCount;
  }

  /** Every call that changed the disk or made a change durable, in order, one line each. */
  get trace(): readonly string[] {
    return this.#trace;
  }

  /** Files open and not closed; what is left after a close is a leak. */
  get openFileCount(): number {
    let count = 0;
    for (const handles of this.#handlesByNode.values()) count += handles;
    return count;
  }

  get usedBytes(): number {
    return this.#space.usedBytes;
  }

  set capacityBytes(bytes: number) {
    this.#space.capacityBytes = bytes;
  }

  /** Arms a fault; the result takes it back. */
  addFault(fault: Fault): () => void {
    return this.#faults.add(fault);
  }

  /** After so many more calls every call fails, for ever: the process is dead, and no power was cut. */
  stopAfterCalls(callCount: number): void {
    this.#callsLeft = callCount;
  }

  /** Cuts the power: this disk answers nothing any more; the result is what the next start finds. */
  crash(loss: Loss, options: CrashDiskOptions = {}): CrashDisk {
    this.#dead = true;
    return new CrashDisk(options, afterPowerCut(this.#state, loss, options.life));
  }

  /** The disk as it would be, had the power gone after that many steps. This one goes on. */
  crashAt(stepCount: number, loss: Loss, options: CrashDiskOptions = {}): CrashDisk {
    this.#replayTo(stepCount);
    return new CrashDisk(options, afterPowerCut(this.#replayed, loss, options.life));
  }

  /**
   * The disk as it would be, had the process been killed after that many steps and the machine gone on: nothing
   * is lost yet, and what was not synced may still be.
   */
  killAt(stepCount: number, options: CrashDiskOptions = {}): CrashDisk {
    this.#replayTo(stepCount);
    return new CrashDisk(options, { state: this.#replayed.copy(options.life), kept: "killed" });
  }

  #replayTo(stepCount: number): void {
    if (this.#isLast) throw new Error("this disk kept no steps");
    const order = this.#firstOrder + stepCount;
    if (order < this.#replayed.order) this.#replayed = this.#origin.copy();
    while (this.#replayed.order < order) {
      const step = this.#steps[this.#replayed.order - this.#firstOrder];
      if (step === undefined) throw new Error(`there were no ${String(stepCount)} steps`);
      this.#replayed.apply(step);
    }
  }

  /** The paths of all files, sorted. */
  files(): readonly string[] {
    const paths: string[] = [];
    const visit = (directory: number, prefix: string): void => {
      for (const [name, id] of this.#state.directory(directory).seen) {
        if (this.#state.nodes[id]?.kind === "file") paths.push(`${prefix}/${name}`);
        else visit(id, `${prefix}/${name}`);
      }
    };
    visit(ROOT, "");
    return paths.sort();
  }

  /** A copy of a file's bytes as programs see them. */
  peek(path: string): Buffer {
    return this.#state.file(this.#nodeAt(path, "read")).seen.toBuffer();
  }

  /** Changes a file's bytes behind everyone's back, as decay or an intruder does. */
  poke(path: string, bytes: Uint8Array, offset: number): void {
    const node = this.#nodeAt(path, "write");
    this.#apply({ kind: "write", node, offset, bytes: Uint8Array.from(bytes) });
    this.#apply({ kind: "sync", node, before: this.#state.order });
  }

  /** Cuts a file, or makes it longer by zeros, behind everyone's back. */
  resize(path: string, size: number): void {
    const node = this.#nodeAt(path, "truncate");
    this.#apply({ kind: "resize", node, size });
    this.#apply({ kind: "sync", node, before: this.#state.order });
  }

  // What the store asks.

  open(path: string, mode: OpenMode): Promise<File> {
    if (mode === "create") {
      return this.#call("create", path, () => this.#create(path));
    }
    const verb = mode === "read" ? "open-read" : "open-write";
    return this.#call(verb, path, () => this.#handle(this.#nodeAt(path, verb), path, mode));
  }

  openDurable(path: string): Promise<File> {
    return this.#call("open-durable", path, () =>
      this.#handle(this.#nodeAt(path, "open-durable"), path, "durable"),
    );
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call("rename", from, (lie) => {
      if (lie !== undefined) return;
      if (this.#find(from) === undefined) throw systemError("ENOENT", "rename", from);
      const source = this.#placeOf(from, "rename");
      const target = this.#placeOf(to, "rename");
      const replaced = this.#state.directory(target.directory).seen.get(target.name);
      this.#tell("rename", from, to);
      this.#apply({
        kind: "rename",
        fromDirectory: source.directory,
        fromName: source.name,
        ...target,
      });
      if (replaced !== undefined) this.#forget(replaced);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#call("unlink", path, (lie) => {
      if (lie !== undefined) return;
      const node = this.#nodeAt(path, "unlink");
      this.#tell("unlink", path);
      this.#apply({ kind: "unlink", ...this.#placeOf(path, "unlink") });
      this.#forget(node);
    });
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call("make-directory", path, () => {
      const place = this.#placeOf(path, "make-directory");
      if (this.#state.directory(place.directory).seen.has(place.name)) return;
      this.#tell("make-directory", path);
      this.#apply({ kind: "make-directory", ...place });
    });
  }

  list(path: string): Promise<readonly string[]> {
    return this.#call("list", path, () =>
      [...this.#state.directory(this.#directoryAt(path, "list")).seen.keys()].sort(),
    );
  }

  exists(path: string): Promise<boolean> {
    return this.#call("exists", path, () => this.#find(path) !== undefined);
  }

  syncDirectory(path: string): Promise<void> {
    const before = this.#state.order;
    return this.#call(
      "sync-directory",
      path,
      (lie) => ({ directory: this.#directoryAt(path, "sync-directory"), lie }),
      ({ directory, lie }) => {
        this.#tell("sync-directory", path);
        if (this.#lies.has("sync-directory") || lie !== undefined) return;
        this.#apply({ kind: "sync-directory", directory, before });
      },
    );
  }

  lock(path: string): Promise<DirectoryLock | undefined> {
    return this.#call("lock", path, () => {
      if (this.#locks.has(path)) return undefined;
      if (this.#find(path) === undefined) {
        this.#tell("create", path);
        this.#apply({ kind: "create", ...this.#placeOf(path, "lock") });
      }
      this.#locks.add(path);
      let held = true;
      return {
        release: () => {
          if (held) this.#locks.delete(path);
          held = false;
          return Promise.resolve();
        },
      };
    });
  }

  // How calls are carried out.

  /** One call: it may fail before it begins; what it leads to comes after others had their turn. */
  async #call<T, R = T>(
    verb: Verb,
    path: string,
    begin: (lie: CallLie | undefined) => T,
    end?: (begun: T) => R,
  ): Promise<R> {
    const begun = begin(this.#admit(verb, path));
    await this.#pace();
    this.#throwIfDead(verb, path);
    return end === undefined ? (begun as unknown as R) : end(begun);
  }

  /** Throws what the call fails with; returns how it lies, if it does. */
  #admit(verb: Verb, path: string): CallLie | undefined {
    if (this.#callsLeft <= 0) this.#dead = true;
    this.#throwIfDead(verb, path);
    this.#callCount += 1;
    this.#callsLeft -= 1;
    const wrong = this.#faults.strike(verb, path);
    if (wrong === undefined) return undefined;
    if ("lie" in wrong) return wrong.lie;
    throw systemError(wrong.code, verb, path);
  }

  #throwIfDead(verb: Verb, path: string): void {
    if (this.#dead) throw systemError("EIO", verb, path);
  }

  #apply(step: Step): void {
    this.#state.apply(step);
    if (!this.#isLast) this.#steps.push(step);
  }

  #tell(...words: readonly (string | number)[]): void {
    if (!this.#isLast) this.#trace.push(words.join(" "));
  }

  #create(path: string): File {
    if (this.#find(path) !== undefined) throw systemError("EEXIST", "create", path);
    const place = this.#placeOf(path, "create");
    this.#tell("create", path);
    this.#apply({ kind: "create", ...place });
    return this.#handle(this.#nodeAt(path, "create"), path, "create");
  }

  #find(path: string): number | undefined {
    let node: number | undefined = ROOT;
    for (let at = 0; at < path.length;) {
      const slash = path.indexOf("/", at);
      const end = slash < 0 ? path.length : slash;
      const name = path.slice(at, end);
      at = end + 1;
      if (name === "" || name === ".") continue;
      const directory: Node | undefined = node === undefined ? undefined : this.#state.nodes[node];
      node = directory?.kind === "directory" ? directory.seen.get(name) : undefined;
    }
    return node;
  }

  #nodeAt(path: string, verb: Verb): number {
    const node = this.#find(path);
    if (node === undefined) throw systemError("ENOENT", verb, path);
    if (this.#state.nodes[node]?.kind !== "file") throw systemError("EISDIR", verb, path);
    return node;
  }

  #directoryAt(path: string, verb: Verb): number {
    const node = this.#find(path);
    if (node === undefined) throw systemError("ENOENT", verb, path);
    if (this.#state.nodes[node]?.kind !== "directory") throw systemError("ENOTDIR", verb, path);
    return node;
  }

  #placeOf(path: string, verb: Verb): Place {
    return { directory: this.#directoryAt(dirname(path), verb), name: basename(path) };
  }

  /** A file that no name leads to gives its space back with its last handle. */
  #forget(node: number): void {
    if ((this.#handlesByNode.get(node) ?? 0) === 0) this.#space.shrink(node, 0);
    else this.#unlinked.add(node);
  }

  #handle(node: number, path: string, mode: OpenMode | "durable"): File {
    this.#handlesByNode.set(node, (this.#handlesByNode.get(node) ?? 0) + 1);
    let open = true;
    const call = async <T, R = T>(
      verb: Verb,
      begin: (lie: CallLie | undefined) => T,
      end?: (begun: T) => R,
    ): Promise<R> => {
      if (!open || (mode === "read" && (verb === "write" || verb === "truncate"))) {
        throw systemError("EBADF", verb, path);
      }
      return this.#call(verb, path, begin, end);
    };
    const file = (): ReturnType<DiskState["file"]> => this.#state.file(node);
    return {
      read: (into, offset) =>
        call("read", (lie) => file().seen.read(into, lie === undefined ? offset : beside(offset))),
      write: async (bytes, offset) => {
        const write = { node, path, bytes, offset };
        try {
          await call(
            "write",
            (lie) => this.#beginWrite(write, lie),
            (order) => {
              if (order === undefined || mode !== "durable") return;
              if (!this.#lies.has("durable-write"))
                this.#apply({ kind: "sync-write", node, order });
            },
          );
        } catch (error) {
          if (!this.#dead && open && mode !== "read") this.#failWrite(write, error);
          throw error;
        }
      },
      sync: async () => {
        const before = this.#state.order;
        try {
          await call(
            "sync",
            (lie) => lie,
            (lie) => {
              this.#tell("sync", path);
              if (this.#lies.has("sync") || lie !== undefined) return;
              this.#apply({ kind: "sync", node, before });
            },
          );
        } catch (error) {
          if (!this.#dead && open) this.#apply({ kind: "fail-sync", node });
          throw error;
        }
      },
      truncate: (size) =>
        call("truncate", (lie) => {
          if (lie !== undefined) return;
          this.#tell("truncate", path, size);
          this.#apply({ kind: "resize", node, size });
          this.#space.shrink(node, size);
        }),
      sizeBytes: () => call("size", () => file().seen.size),
      close: () => {
        if (!open) return Promise.resolve();
        return call("close", () => {
          open = false;
          this.#closeHandle(node);
        });
      },
    };
  }

  #closeHandle(node: number): void {
    const left = (this.#handlesByNode.get(node) ?? 1) - 1;
    this.#handlesByNode.set(node, left);
    if (left === 0 && this.#unlinked.delete(node)) this.#space.shrink(node, 0);
  }

  /** The order of the step, unless it lies that there was one. */
  #beginWrite(write: Write, lie: CallLie | undefined): number | undefined {
    const { node, path, bytes } = write;
    if (lie === "does-nothing") return undefined;
    const offset = lie === undefined ? write.offset : beside(write.offset);
    this.#tell("write", path, offset, bytes.length);
    const room = this.#space.take(node, offset, bytes.length);
    const order = this.#state.order;
    const kept = bytes.subarray(0, room);
    // The caller may use its buffer again, and the steps are played again later.
    this.#apply({
      kind: "write",
      node,
      offset,
      bytes: this.#isLast ? kept : Uint8Array.from(kept),
    });
    if (room < bytes.length) throw systemError("ENOSPC", "write", path);
    return order;
  }

  /** A write that fails may have left any part of itself: here the first half. */
  #failWrite({ node, bytes, offset }: Write, error: unknown): void {
    if (error instanceof Error && "code" in error && error.code === "ENOSPC") return;
    const half = bytes.subarray(0, Math.floor(bytes.length / 2));
    this.#apply({ kind: "write", node, offset, bytes: Uint8Array.from(half) });
  }
}

/** Where a call that lies reads or writes instead: a block before, or behind where there is none before. */
function beside(offset: number): number {
  return offset >= BLOCK_BYTES ? offset - BLOCK_BYTES : offset + BLOCK_BYTES;
}

interface Write {
  readonly node: number;
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly offset: number;
}
