/**
 * Bugs to be put into the engine on purpose, each one that someone could write: what a test suite is worth shows
 * in which of them it finds. A mutation is a text of a source file and what takes its place; the text
 * must be there exactly once, so that a mutation that no longer fits is noticed.
 */

export interface Edit {
  readonly find: string;
  readonly replace: string;
}

export interface Mutation {
  readonly name: string;
  /** What the bug is, as one would tell of it. */
  readonly bug: string;
  /** The source file, from the top of the project. */
  readonly file: string;
  readonly edits: readonly Edit[];
}

/** The tests that are asked one after the other, after the search, until one finds the bug. */
export const ASKED_TESTS: readonly string[] = [
  "crash/faults",
  "crash/lies",
  "damage/closed-store",
  "damage/open-store",
  "golden/orders",
  "storage/compaction",
  "storage/replay",
  "kv/set-call",
  "storage/log-end",
];

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "reply-before-sync",
    bug: "a commit is answered before its batch is on stable storage",
    file: "src/log/commit-queue.ts",
    edits: [
      {
        find: "    await batch.segment.write(batch, durableBefore,",
        replace:
          "    batch.settlement.resolve();\n    await batch.segment.write(batch, durableBefore,",
      },
    ],
  },
  {
    name: "failed-sync-ignored",
    bug: "an error of a commit's write is passed over",
    file: "src/log/commit-queue.ts",
    edits: [
      {
        find: "isMark ? commitTimeMs() : batch.commitTimeMs);",
        replace: "isMark ? commitTimeMs() : batch.commitTimeMs).catch(() => undefined);",
      },
    ],
  },
  {
    name: "manifest-directory-not-synced",
    bug: "the directory is not synced after the manifest was renamed into its place",
    file: "src/disk/atomic-file.ts",
    edits: [
      { find: "    await this.#fileSystem.syncDirectory(dirname(this.#path));\n", replace: "" },
    ],
  },
  {
    name: "segment-directory-not-synced",
    bug: "the directory is not synced after a segment got its name, before the manifest lists it",
    file: "src/log/open-segment.ts",
    edits: [
      {
        find: "TEMPORARY_SUFFIX);\n    await fileSystem.syncDirectory(directory);\n  }\n\n  /** Gives",
        replace: "TEMPORARY_SUFFIX);\n  }\n\n  /** Gives",
      },
    ],
  },
  {
    name: "manifest-not-synced",
    bug: "the new manifest is renamed into its place before its bytes are synced",
    file: "src/disk/atomic-file.ts",
    edits: [
      {
        find: "      await file.sync();\n    } finally {",
        replace: "    } finally {",
      },
    ],
  },
  {
    name: "used-before-listed",
    bug: "a segment is written to while the manifest that lists it is still on its way",
    file: "src/log/log-writer.ts",
    edits: [
      {
        find: "    await next.prepare(clock.wallMs());\n    await manifest.swap(",
        replace: "    await next.prepare(clock.wallMs());\n    void manifest.swap(",
      },
    ],
  },
  {
    name: "torn-transaction-applied",
    bug: "recovery takes the intact records of a batch that was torn",
    file: "src/log/segment-scanner.ts",
    edits: [
      {
        find: 'if (decoded.kind === "bad") return { ...this.#bad(decoded.problem), offset };',
        replace: 'if (decoded.kind === "bad") break;',
      },
      {
        find: "  if (header.recordCount !== found.recordCount)",
        replace: "  if (header.recordCount < found.recordCount)",
      },
      {
        find: "firstRevision !== header.firstRevision || last.revision !== header.lastRevision",
        replace: "firstRevision !== header.firstRevision",
      },
      {
        find: '  return last.isLastOfTransaction ? undefined : "a batch ends within a transaction";',
        replace: "  return undefined;",
      },
    ],
  },
  {
    name: "tombstone-dropped-early",
    bug: "compaction drops a tombstone while an older segment still holds what it ended",
    file: "src/storage/compactor.ts",
    edits: [
      {
        find: "return heldUp !== undefined && heldUp < record.revision && !keydir.get(record.key);",
        replace: "return false;",
      },
    ],
  },
  {
    name: "tombstone-forgotten-in-replay",
    bug: "a start forgets a tombstone when it meets an older record of its key in a later segment",
    file: "src/storage/replay.ts",
    edits: [
      {
        find: "    if (tombstone !== undefined && isNewer(tombstone, record)) return;\n    this.#tombstones.delete(name);",
        replace: "    this.#tombstones.delete(name);",
      },
    ],
  },
  {
    name: "recovered-tail-left-in-place",
    bug: "after an unclean stop, what no sync is known to have covered stays in the old segment, unsynced",
    file: "src/storage/segment-recovery.ts",
    edits: [
      {
        find: "    this.#settleTail();\n    this.#stats.endOffset",
        replace:
          "    this.#durable = this.#logEnd;\n    this.#settleTail();\n    this.#stats.endOffset",
      },
    ],
  },
  {
    name: "closed-behind-an-unsynced-mark",
    bug: "after an unclean stop, the old segment is closed behind a mark that may not be on stable storage",
    file: "src/storage/segment-recovery.ts",
    edits: [
      {
        find: "      if (batch.records.length > 0) this.#provenEnd =",
        replace: "      this.#provenEnd =",
      },
    ],
  },
  {
    name: "checkpoint-ahead-of-the-log",
    bug: "a checkpoint is written of a state that is not durable yet",
    file: "src/storage/checkpoints.ts",
    edits: [{ find: "    await whenDurable(view.revision);\n", replace: "" }],
  },
  {
    name: "file-aside-not-synced",
    bug: "a checkpoint or a snapshot gets its name before its bytes are synced",
    file: "src/disk/aside-file.ts",
    edits: [{ find: "    await file.sync();\n", replace: "" }],
  },
  {
    name: "compaction-output-not-synced",
    bug: "the manifest lists what compaction wrote before that is synced",
    file: "src/storage/compacted-segment.ts",
    edits: [{ find: "    await this.#file.sync();\n", replace: "" }],
  },
  {
    name: "inputs-unlinked-before-the-swap",
    bug: "compaction unlinks what it has copied before the manifest lists the copy",
    file: "src/storage/takeover.ts",
    edits: [
      {
        find: "    // When this fails, the outputs stay:",
        replace:
          "    for (const id of inputs) segments.retire(id, [...holders()]);\n    // When this fails:",
      },
      {
        find: "    for (const id of inputs) segments.retire(id, pinned);\n",
        replace: "    void pinned;\n",
      },
    ],
  },
  {
    name: "floor-not-raised",
    bug: "compaction drops expirations without raising the floor of the feed",
    file: "src/storage/compactor.ts",
    edits: [
      {
        find: "    if (floor > manifest.current.feedFloor) {",
        replace: "    if (floor < 0) {",
      },
    ],
  },
  {
    name: "snapshot-directory-not-synced",
    bug: "a snapshot is told of before its name is on stable storage",
    file: "src/disk/aside-file.ts",
    edits: [{ find: "    await fileSystem.syncDirectory(dirname(path));\n", replace: "" }],
  },
  {
    name: "record-checksum-ignored",
    bug: "a record whose key or value fails its checksum is believed",
    file: "src/log/record-format.ts",
    edits: [
      {
        find: "if (bodySum !== bytes.readUInt32LE(position + BODY_CHECKSUM_OFFSET)) {",
        replace: "if (bodySum < 0) {",
      },
    ],
  },
  {
    name: "torn-tail-hides-damage",
    bug: "what is bad in the active segment is always taken for a torn tail",
    file: "src/storage/segment-recovery.ts",
    edits: [
      {
        find: "      if (this.#durable > this.#logEnd) throw this.#damage(step);\n",
        replace: "      this.#durable = this.#logEnd;\n",
      },
    ],
  },
  {
    name: "reply-of-a-dead-set-dropped",
    bug: "compaction drops a set that is dead with the call that it names, though that is remembered",
    file: "src/storage/compactor.ts",
    edits: [
      { find: "if (this.#isRemembered(input, scanned)) await", replace: "if (input.id < 0) await" },
    ],
  },
  {
    name: "call-of-a-set-forgotten-in-replay",
    bug: "a start without a checkpoint learns of replies from records of their own, and not from sets",
    file: "src/storage/replay.ts",
    edits: [
      {
        find: "if (rememberedId(record) !== undefined) this",
        replace: "if (record.call === undefined && rememberedId(record) !== undefined) this",
      },
    ],
  },
  {
    name: "call-of-a-set-left-behind",
    bug: "compaction does not say where the set has gone that a remembered reply is read from",
    file: "src/storage/takeover.ts",
    edits: [
      {
        find: "    replyWindow.move(record, {",
        replace: "    if (record.call === undefined) replyWindow.move(record, {",
      },
    ],
  },
  {
    name: "pipeline-answered-before-sync",
    bug: "a pipeline answers before what it tells is on stable storage",
    file: "src/kv/pipeline-outcomes.ts",
    edits: [
      {
        find: "    const durable = this.#engine.whenDurable(this.#needed);",
        replace: "    const durable = undefined as Promise<void> | undefined;",
      },
    ],
  },
  {
    name: "pipeline-tells-what-may-be-undone",
    bug: "a get in a pipeline tells of a revision that is not on stable storage",
    file: "src/kv/pipeline-outcomes.ts",
    edits: [
      {
        find: "    if (durableRevision === appliedRevision) return this.#outcomes;",
        replace: "    if (durableRevision <= appliedRevision) return this.#outcomes;",
      },
    ],
  },
  {
    name: "pipeline-overtaken",
    bug: "operations of a message are begun while some of the one before it still wait",
    file: "src/kv/local-pipeline.ts",
    edits: [
      {
        find: "before === undefined ? run.begin() : before.then(() => run.begin());",
        replace: "run.begin();",
      },
    ],
  },
  {
    name: "pipeline-operation-lost",
    bug: "the operation that comes after one that had to wait is passed over",
    file: "src/kv/local-pipeline.ts",
    edits: [
      {
        find: "    return wait.then(\n      () => this.begin(),",
        replace:
          '    return wait.then(\n      () => {\n        this.#outcomes.note({ kind: "error", error: undefined });\n        return this.begin();\n      },',
      },
    ],
  },
  {
    name: "pipeline-failure-passed-over",
    bug: "a pipeline answers as done what a failed sync has left unknown",
    file: "src/kv/pipeline-outcomes.ts",
    edits: [
      {
        find: "      (error: unknown) => this.#unknown(error),",
        replace: "      () => this.#told(),",
      },
    ],
  },
];
