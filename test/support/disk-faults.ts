/** What goes wrong on a disk without the power going: calls that fail, and space that runs out. */

/** Every call of a file system or of a file, by name. */
export type Verb =
  | "open-read"
  | "open-write"
  | "open-durable"
  | "create"
  | "read"
  | "write"
  | "sync"
  | "truncate"
  | "size"
  | "close"
  | "rename"
  | "unlink"
  | "make-directory"
  | "list"
  | "exists"
  | "sync-directory"
  | "lock";

/**
 * How a call lies: `does-nothing` reports success of a write, a sync or a removal that never was; `another-block`
 * reads or writes a block beside the one that was asked for.
 */
export type CallLie = "does-nothing" | "another-block";

/** The calls that can lie so; the others tell the truth. */
const LYING_VERBS: Readonly<Record<CallLie, readonly Verb[]>> = {
  "does-nothing": ["write", "sync", "truncate", "rename", "unlink", "sync-directory"],
  "another-block": ["read", "write"],
};

/** What goes wrong: a call fails with a system error, or lies. */
type Wrong = { readonly code: string } | { readonly lie: CallLie };

export type Fault = Wrong & {
  /** The verbs that fail; absent: all. */
  readonly verbs?: readonly Verb[];
  /** The paths on which they fail; absent: all. */
  readonly path?: RegExp;
  /** How many matching calls go well before. */
  readonly afterCalls?: number;
  readonly lasts: "once" | "for-good";
};

export class DiskFaults {
  readonly #faults = new Set<{ readonly fault: Fault; left: number }>();

  /** Arms a fault; the result takes it back. */
  add(fault: Fault): () => void {
    const armed = { fault, left: fault.afterCalls ?? 0 };
    this.#faults.add(armed);
    return () => {
      this.#faults.delete(armed);
    };
  }

  /** What goes wrong with this call, if anything does. */
  strike(verb: Verb, path: string): Wrong | undefined {
    for (const armed of this.#faults) {
      const { fault } = armed;
      if ("lie" in fault && !LYING_VERBS[fault.lie].includes(verb)) continue;
      if (fault.verbs?.includes(verb) === false || fault.path?.test(path) === false) continue;
      if (armed.left > 0) armed.left -= 1;
      else {
        if (fault.lasts === "once") this.#faults.delete(armed);
        return fault;
      }
    }
    return undefined;
  }
}

/** A failure as Node.js reports it. */
export function systemError(code: string, verb: Verb, path: string): Error {
  return Object.assign(new Error(`${code}: ${verb} '${path}'`), { code, path, syscall: verb });
}

/** What disks hand out space by, and how far beside they read and write when they lie. */
export const BLOCK_BYTES = 512;

/** Counts the blocks that files hold. What was never written holds none, though the file be long. */
export class DiskSpace {
  /** How many bytes the disk holds; more than that is ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY;
  #blocks = 0;
  readonly #blocksByFile = new Map<number, Held>();

  get usedBytes(): number {
    return this.#blocks * BLOCK_BYTES;
  }

  /** Takes blocks for a write; how many of its bytes have room, counted from its beginning. */
  take(file: number, offset: number, length: number): number {
    const held = this.#heldBy(file);
    const end = offset + length;
    const first = Math.max(Math.floor(offset / BLOCK_BYTES), held.upTo);
    for (let block = first; block * BLOCK_BYTES < end; block += 1) {
      if (held.others.has(block)) continue;
      if (this.usedBytes + BLOCK_BYTES > this.capacityBytes) {
        return Math.max(0, block * BLOCK_BYTES - offset);
      }
      if (block === held.upTo) held.upTo += 1;
      else held.others.add(block);
      this.#blocks += 1;
    }
    return length;
  }

  /** The blocks of a file of so many bytes that is there already. */
  hold(file: number, size: number): void {
    const upTo = Math.ceil(size / BLOCK_BYTES);
    this.#blocksByFile.set(file, { upTo, others: new Set() });
    this.#blocks += upTo;
  }

  /** Gives back what lies past the size. */
  shrink(file: number, size: number): void {
    const held = this.#heldBy(file);
    const keptBlocks = Math.ceil(size / BLOCK_BYTES);
    this.#blocks -= Math.max(0, held.upTo - keptBlocks);
    held.upTo = Math.min(held.upTo, keptBlocks);
    for (const block of held.others) {
      if (block < keptBlocks) continue;
      held.others.delete(block);
      this.#blocks -= 1;
    }
  }

  #heldBy(file: number): Held {
    const held = this.#blocksByFile.get(file) ?? { upTo: 0, others: new Set() };
    this.#blocksByFile.set(file, held);
    return held;
  }
}

/** All blocks of a file up to one, and others behind it. */
interface Held {
  upTo: number;
  readonly others: Set<number>;
}
