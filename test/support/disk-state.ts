/**
 * What a disk holds, and what of it would outlive a power cut.
 *
 * Every file and directory is kept twice: as programs see it, and as it is on stable storage; between
 * the two lie the changes that no sync has covered. A state is a plain value that steps are applied to,
 * so the same steps applied to another state give the same disk again, up to any step.
 */

import { SparseBytes } from "./sparse-bytes.js";

/** A change of a file's bytes that may not be on stable storage yet. */
export type FileChange = {
  readonly order: number;
  /** Where it stands: a promise was made, none was made, or the sync that covered it failed. */
  standing: "durable" | "pending" | "doomed";
} & BytesChange;

/** What a change does to the bytes of a file. */
type BytesChange =
  | { readonly kind: "write"; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "resize"; readonly size: number };

/** A change of names that no sync of the directory has covered yet. */
export type EntryChange = { readonly order: number; readonly name: string } & (
  | { readonly kind: "link"; readonly node: number }
  | { readonly kind: "unlink" }
  | {
      readonly kind: "rename";
      readonly node: number;
      readonly fromDirectory: number;
      readonly fromName: string;
    }
);

export interface FileNode {
  readonly kind: "file";
  readonly seen: SparseBytes;
  readonly stable: SparseBytes;
  unsynced: FileChange[];
}

export interface DirectoryNode {
  readonly kind: "directory";
  readonly seen: Map<string, number>;
  readonly stable: Map<string, number>;
  unsynced: EntryChange[];
}

export type Node = FileNode | DirectoryNode;

/** One thing that happened to a disk. Nodes are numbered in the order in which they are made. */
export type Step =
  | { readonly kind: "create"; readonly directory: number; readonly name: string }
  | { readonly kind: "make-directory"; readonly directory: number; readonly name: string }
  | {
      readonly kind: "write";
      readonly node: number;
      readonly offset: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "resize"; readonly node: number; readonly size: number }
  /** Bytes written up to the step of that order are on stable storage from now on. */
  | { readonly kind: "sync"; readonly node: number; readonly before: number }
  /** So is the one write of that order. */
  | { readonly kind: "sync-write"; readonly node: number; readonly order: number }
  /** The sync failed: what it would have covered stays in the cache and may never reach the disk. */
  | { readonly kind: "fail-sync"; readonly node: number }
  | {
      readonly kind: "rename";
      readonly fromDirectory: number;
      readonly fromName: string;
      readonly directory: number;
      readonly name: string;
    }
  | { readonly kind: "unlink"; readonly directory: number; readonly name: string }
  | { readonly kind: "sync-directory"; readonly directory: number; readonly before: number };

export const ROOT = 0;

export class DiskState {
  readonly nodes: Node[];
  /** How many steps were applied; the next one gets this as its order. */
  order = 0;
  readonly #isLast: boolean;

  /** Where no power cut will follow, `last`, only what programs see is kept: half the work. */
  constructor(nodes: Node[] = [newDirectory()], life: "last" | "before a cut" = "before a cut") {
    this.nodes = nodes;
    this.#isLast = life === "last";
  }

  /** The same disk for another course of events; what was not synced here is not synced there. */
  copy(life: "last" | "before a cut" = "before a cut"): DiskState {
    const copy = new DiskState(
      this.nodes.map((node) => (node.kind === "file" ? copyOfFile(node) : copyOfDirectory(node))),
      life,
    );
    copy.order = this.order;
    return copy;
  }

  file(id: number): FileNode {
    const node = this.nodes[id];
    if (node?.kind !== "file") throw new Error(`node ${String(id)} is no file`);
    return node;
  }

  directory(id: number): DirectoryNode {
    const node = this.nodes[id];
    if (node?.kind !== "directory") throw new Error(`node ${String(id)} is no directory`);
    return node;
  }

  apply(step: Step): void {
    const order = this.order++;
    switch (step.kind) {
      case "create":
      case "make-directory":
        return this.#link(step, order);
      case "write":
      case "resize":
        carryOut(this.file(step.node).seen, step);
        if (this.#isLast) return;
        this.file(step.node).unsynced.push({ ...step, order, standing: "pending" });
        return;
      case "sync":
        return settleFile(this.file(step.node), (change) => change.order < step.before);
      case "sync-write":
        return settleFile(this.file(step.node), (change) => change.order === step.order);
      case "fail-sync":
        for (const change of this.file(step.node).unsynced) {
          if (change.standing === "pending") change.standing = "doomed";
        }
        return;
      case "rename":
        return this.#rename(step, order);
      case "unlink":
        this.directory(step.directory).seen.delete(step.name);
        this.#note(step.directory, { kind: "unlink", order, name: step.name });
        return;
      case "sync-directory":
        return this.#syncDirectory(this.directory(step.directory), step.before);
    }
  }

  /** Carries a change of names out on stable storage. */
  settleEntry(directory: DirectoryNode, change: EntryChange): void {
    if (change.kind === "unlink") directory.stable.delete(change.name);
    else directory.stable.set(change.name, change.node);
    if (change.kind === "rename") {
      const from = this.directory(change.fromDirectory);
      if (from.stable.get(change.fromName) === change.node) from.stable.delete(change.fromName);
    }
  }

  #link(step: Extract<Step, { kind: "create" | "make-directory" }>, order: number): void {
    const node = this.nodes.length;
    this.nodes.push(step.kind === "create" ? newFile() : newDirectory());
    this.directory(step.directory).seen.set(step.name, node);
    this.#note(step.directory, { kind: "link", order, name: step.name, node });
  }

  #note(directory: number, change: EntryChange): void {
    if (!this.#isLast) this.directory(directory).unsynced.push(change);
  }

  #rename(step: Extract<Step, { kind: "rename" }>, order: number): void {
    const from = this.directory(step.fromDirectory);
    const node = from.seen.get(step.fromName);
    if (node === undefined) throw new Error(`nothing is called ${step.fromName}`);
    from.seen.delete(step.fromName);
    this.directory(step.directory).seen.set(step.name, node);
    const { name, fromDirectory, fromName } = step;
    this.#note(step.directory, { kind: "rename", order, name, node, fromDirectory, fromName });
  }

  #syncDirectory(directory: DirectoryNode, before: number): void {
    const later: EntryChange[] = [];
    for (const change of directory.unsynced) {
      if (change.order < before) this.settleEntry(directory, change);
      else later.push(change);
    }
    directory.unsynced = later;
  }
}

function newFile(): FileNode {
  return { kind: "file", seen: SparseBytes.empty(), stable: SparseBytes.empty(), unsynced: [] };
}

function newDirectory(): DirectoryNode {
  return { kind: "directory", seen: new Map(), stable: new Map(), unsynced: [] };
}

function copyOfFile(node: FileNode): FileNode {
  return {
    kind: "file",
    seen: node.seen.copy(),
    stable: node.stable.copy(),
    // How a change stands may be another in another course of events.
    unsynced: node.unsynced.map((change) => ({ ...change })),
  };
}

function copyOfDirectory(node: DirectoryNode): DirectoryNode {
  return {
    kind: "directory",
    seen: new Map(node.seen),
    stable: new Map(node.stable),
    unsynced: [...node.unsynced],
  };
}

/** Carries a change of a file out on these bytes. */
export function carryOut(bytes: SparseBytes, change: BytesChange): void {
  if (change.kind === "write") bytes.write(change.bytes, change.offset);
  else bytes.resize(change.size);
}

/**
 * Marks as durable what a sync covered, save what a failed sync has doomed, and carries out on stable
 * storage what no unsettled change comes before.
 */
function settleFile(file: FileNode, covers: (change: FileChange) => boolean): void {
  for (const change of file.unsynced) {
    if (change.standing === "pending" && covers(change)) change.standing = "durable";
  }
  let settled = 0;
  for (const change of file.unsynced) {
    if (change.standing !== "durable") break;
    carryOut(file.stable, change);
    settled += 1;
  }
  file.unsynced.splice(0, settled);
}
