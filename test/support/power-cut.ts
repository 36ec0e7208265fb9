/**
 * What is left of a disk when the power goes: everything that was synced, and of the rest what chance
 * and the way of losing leave. A write that was cut short harms no byte outside its range.
 */

import {
  carryOut,
  DiskState,
  ROOT,
  type DirectoryNode,
  type EntryChange,
  type FileChange,
  type FileNode,
} from "./disk-state.js";
import { Random } from "./random.js";
import { SparseBytes } from "./sparse-bytes.js";

/** Disks write this much at once or not at all; all but the torn write keep to it. */
const SECTOR_BYTES = 512;

/**
 * What becomes of unsynced bytes: `writes` keeps or drops each write whole, `sectors` each sector of
 * each, `scrambled` may also fill a sector with noise; `prefix` keeps what came first and tears one
 * write at any byte; `torn` keeps all but tears the last.
 */
type BytesFate = "keep" | "drop" | "writes" | "sectors" | "scrambled" | "prefix" | "torn";

/** What becomes of unsynced names: `some` keeps or drops each, `prefix` keeps what came first. */
type NamesFate = "keep" | "drop" | "some" | "prefix";

export interface LossWay {
  readonly bytes: BytesFate;
  readonly names: NamesFate;
}

export const LOSS_WAYS: readonly LossWay[] = [
  { bytes: "keep", names: "keep" },
  { bytes: "drop", names: "drop" },
  { bytes: "drop", names: "keep" },
  { bytes: "keep", names: "drop" },
  { bytes: "keep", names: "some" },
  { bytes: "drop", names: "some" },
  { bytes: "writes", names: "keep" },
  { bytes: "writes", names: "some" },
  { bytes: "sectors", names: "keep" },
  { bytes: "sectors", names: "drop" },
  { bytes: "sectors", names: "some" },
  { bytes: "scrambled", names: "keep" },
  { bytes: "scrambled", names: "some" },
  { bytes: "prefix", names: "prefix" },
  { bytes: "torn", names: "keep" },
  { bytes: "torn", names: "some" },
];

export interface Loss {
  readonly way: LossWay;
  readonly seed: number;
}

/** Everything that was written is kept, as when a process is killed and the machine goes on. */
export const NOTHING_LOST: Loss = { way: { bytes: "keep", names: "keep" }, seed: 0 };

export interface Aftermath {
  /** The disk as the next start finds it. */
  readonly state: DiskState;
  /** What was kept of the unsynced. Cuts at one moment that kept the same left the same disk. */
  readonly kept: string;
}

/** What a power cut leaves, for one more life or for the `last` one. The state itself is left as it was. */
export function afterPowerCut(
  state: DiskState,
  loss: Loss,
  life: "last" | "before a cut" = "before a cut",
): Aftermath {
  return new PowerCut(state, loss).aftermath(life);
}

/** Stands in for every file that no name leads to. */
const LOST_FILE: FileNode = {
  kind: "file",
  seen: SparseBytes.empty(),
  stable: SparseBytes.empty(),
  unsynced: [],
};

class PowerCut {
  readonly #state: DiskState;
  readonly #way: LossWay;
  readonly #random: Random;
  /** Changes of this order and above are lost where the fate is `prefix`. */
  readonly #firstLost: number;
  /** The order of the last write that no sync has covered, for `torn`. */
  readonly #lastWrite: number;
  readonly #kept: string[] = [];

  constructor(state: DiskState, loss: Loss) {
    this.#state = state;
    this.#way = loss.way;
    this.#random = new Random(loss.seed);
    const orders: number[] = [];
    let lastWrite = -1;
    for (const node of state.nodes) {
      for (const change of node.unsynced) {
        orders.push(change.order);
        if (change.kind === "write" && change.standing !== "durable") {
          lastWrite = Math.max(lastWrite, change.order);
        }
      }
    }
    orders.sort((a, b) => a - b);
    this.#firstLost = orders[this.#random.below(orders.length + 1)] ?? state.order;
    this.#lastWrite = lastWrite;
  }

  aftermath(life: "last" | "before a cut"): Aftermath {
    const left = new DiskState(
      this.#state.nodes.map((node) =>
        node.kind === "file"
          ? LOST_FILE
          : { kind: "directory", seen: new Map(), stable: new Map(node.stable), unsynced: [] },
      ),
      life,
    );
    this.#settleNames(left);
    this.#fill(left, ROOT);
    return { state: left, kept: this.#kept.join(" ") };
  }

  /** What no name leads to any more is gone, and costs nothing to leave out. */
  #fill(left: DiskState, directory: number): void {
    const { seen, stable } = left.directory(directory);
    for (const [name, id] of stable) {
      seen.set(name, id);
      const node = this.#state.nodes[id];
      if (node?.kind === "directory") this.#fill(left, id);
      else if (node !== undefined) left.nodes[id] = this.#file(node);
    }
  }

  #settleNames(left: DiskState): void {
    const changes: { readonly directory: number; readonly change: EntryChange }[] = [];
    this.#state.nodes.forEach((node, directory) => {
      if (node.kind !== "directory") return;
      for (const change of node.unsynced) changes.push({ directory, change });
    });
    changes.sort((a, b) => a.change.order - b.change.order);
    for (const { directory, change } of changes) {
      const into: DirectoryNode = left.directory(directory);
      if (!this.#keepsName(change)) continue;
      left.settleEntry(into, change);
      this.#kept.push(String(change.order));
    }
  }

  #keepsName(change: EntryChange): boolean {
    switch (this.#way.names) {
      case "keep":
        return true;
      case "drop":
        return false;
      case "some":
        return this.#random.coin();
      case "prefix":
        return change.order < this.#firstLost;
    }
  }

  #file(node: FileNode): FileNode {
    const bytes = node.stable.copy();
    for (const change of node.unsynced) {
      const isDurable = change.standing === "durable";
      for (const part of isDurable ? [change] : this.#keptOf(change, bytes.size)) {
        carryOut(bytes, part);
        if (!isDurable && !isEmpty(part)) this.#kept.push(nameOfPart(part, change));
      }
    }
    return { kind: "file", seen: bytes, stable: bytes.copy(), unsynced: [] };
  }

  /** The parts of an unsynced change that reached the disk after all. */
  #keptOf(change: FileChange, size: number): readonly FileChange[] {
    switch (this.#way.bytes) {
      case "keep":
        return [change];
      case "drop":
        return [];
      case "writes":
        return this.#random.coin() ? [change] : [];
      case "sectors":
      case "scrambled":
        return this.#sectors(change, size);
      case "prefix":
        if (change.order < this.#firstLost) return [change];
        return change.order === this.#firstLost ? this.#torn(change) : [];
      case "torn":
        return change.order === this.#lastWrite ? this.#torn(change) : [change];
    }
  }

  #torn(change: FileChange): readonly FileChange[] {
    if (change.kind !== "write") return [];
    const length = this.#random.below(change.bytes.length + 1);
    return [{ ...change, bytes: change.bytes.subarray(0, length) }];
  }

  /** A sector that was lost past the file's end may still have made the file longer, by zeros. */
  #sectors(change: FileChange, sizeBefore: number): readonly FileChange[] {
    if (change.kind !== "write") return this.#random.coin() ? [change] : [];
    const parts: FileChange[] = [];
    const end = change.offset + change.bytes.length;
    let size = sizeBefore;
    for (let start = change.offset; start < end;) {
      const sectorEnd = Math.min(end, (Math.floor(start / SECTOR_BYTES) + 1) * SECTOR_BYTES);
      const bytes = change.bytes.subarray(start - change.offset, sectorEnd - change.offset);
      const fate = this.#random.below(8);
      if (fate < 4) parts.push({ ...change, offset: start, bytes });
      else if (fate < 6 && this.#way.bytes === "scrambled") {
        parts.push({ ...change, offset: start, bytes: this.#random.bytes(bytes.length) });
      } else if (fate === 6 && sectorEnd > size) parts.push(zerosUpTo(sectorEnd, change));
      size = Math.max(size, endOf(parts.at(-1)));
      start = sectorEnd;
    }
    return parts;
  }
}

function isEmpty(part: FileChange): boolean {
  return part.kind === "write" && part.bytes.length === 0;
}

/** Which part of its change it is; noise has a name of its own. */
function nameOfPart(part: FileChange, of: FileChange): string {
  const order = String(part.order);
  if (part.kind === "resize") return `${order}=${String(part.size)}`;
  const isNoise = of.kind === "write" && part.bytes.buffer !== of.bytes.buffer;
  const range = `${order}@${String(part.offset)}+${String(part.bytes.length)}`;
  return isNoise ? `${range}~${Buffer.from(part.bytes).toString("base64")}` : range;
}

function zerosUpTo(size: number, { order, standing }: FileChange): FileChange {
  return { kind: "resize", size, order, standing };
}

function endOf(change: FileChange | undefined): number {
  if (change === undefined) return 0;
  return change.kind === "write" ? change.offset + change.bytes.length : change.size;
}
