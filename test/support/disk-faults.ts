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

export interface Fault {
  /** The verbs that fail; absent: all. */
  readonly verbs?: readonly Verb[];
  /** The paths on which they fail; absent: all. */
  readonly path?: RegExp;
  /** The system error that they fail with. */
  readonly code: string;
  /** How many matching calls go well before. */
  readonly afterCalls?: number;
  readonly lasts: "once" | "for-good";
}

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

  /** The code that this call fails with, if it does. */
  strike(verb: Verb, path: string): string | undefined {
    for (const armed of this.#faults) {
      const { fault } = armed;
      if (fault.verbs?.includes(verb) === false || fault.path?.test(path) === false) continue;
      if (armed.left > 0) armed.left -= 1;
      else {
        if (fault.lasts === "once") this.#faults.delete(armed);
        return fault.code;
      }
    }
    return undefined;
  }
}

/** A failure as Node.js reports it. */
export function systemError(code: string, verb: Verb, path: string): Error {
  return Object.assign(new Error(`${code}: ${verb} '${path}'`), { code, path, syscall: verb });
}

/** What disks hand out space by. */
const BLOCK_BYTES = 512;

/** Counts the blocks that files hold. What was never written holds none, though the file be long. */
export class DiskSpace {
  /** How many bytes the disk holds; more than that is ENOSPC. */
  capacityBytes = Number.POSITIVE_INFINITY;
  #blocks = 0;
  readonly #blocksByFile = new Map<number, Set<number>>();

  get usedBytes(): number {
    return this.#blocks * BLOCK_BYTES;
  }

  /** Takes blocks for a write; how many of its bytes have room, counted from its beginning. */
  take(file: number, offset: number, length: number): number {
    const held = this.#heldBy(file);
    const end = offset + length;
    for (let block = Math.floor(offset / BLOCK_BYTES); block * BLOCK_BYTES < end; block += 1) {
      if (held.has(block)) continue;
      if (this.usedBytes + BLOCK_BYTES > this.capacityBytes) {
        return Math.max(0, block * BLOCK_BYTES - offset);
      }
      held.add(block);
      this.#blocks += 1;
    }
    return length;
  }

  /** Gives back what lies past the size. */
  shrink(file: number, size: number): void {
    const held = this.#heldBy(file);
    for (const block of held) {
      if (block * BLOCK_BYTES < size) continue;
      held.delete(block);
      this.#blocks -= 1;
    }
  }

  #heldBy(file: number): Set<number> {
    const held = this.#blocksByFile.get(file) ?? new Set();
    this.#blocksByFile.set(file, held);
    return held;
  }
}
