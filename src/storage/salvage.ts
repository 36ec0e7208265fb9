/**
 * Copies what is provably right out of a damaged store into a new one, and tells of everything that is not.
 *
 * A key is certain where its newest record is intact and no later revision may be lost; or where a checkpoint
 * that is whole names that record, and none after the checkpoint may be lost. Any other is doubtful: a newer
 * value may be gone, or its removal, and a key that was removed must not come back unseen.
 *
 * The source is not changed. The copy begins a history of its own.
 */

import { join } from "node:path";

import {
  keyOrderOf,
  KvError,
  NO_DEADLINE,
  NO_REVISION,
  revision,
  timeMs,
  type Clock,
  type Finding,
  type KeyOrderName,
  type Revision,
} from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import { Keydir, readCheckpointFile, type KeydirEntry } from "../keydir/index.js";
import type { LogRecord } from "../log/index.js";
import {
  checkpointFileName,
  checkpointLabel,
  checkpointNumberOf,
  CHECKPOINTS_DIRECTORY,
  KnownSegments,
  type CheckpointState,
} from "./checkpoint-state.js";
import { withClosedStore, type ClosedStore, type ClosedStoreOptions } from "./closed-store.js";
import { makeStore, type NewStore } from "./new-store.js";
import { Replay, type ReplayStart } from "./replay.js";
import { ReplyWindow } from "./reply-window.js";
import type { RevisionRange } from "./revision-ranges.js";
import { findSource, type SalvageSource } from "./salvage-source.js";
import { readForSalvage } from "./salvage-reading.js";
import { SegmentTable } from "./segment-table.js";
import { SourceRecords } from "./source-records.js";

export interface SalvageOptions extends ClosedStoreOptions {
  readonly fileSystem: FileSystem;
  readonly clock: Clock;
  /** Where the copy shall be: a directory that is empty or not there yet. */
  readonly into: string;
  /** Whether doubtful keys are copied too, with the newest value that is intact. */
  readonly doubtful: "leave out" | "copy";
  /** What the order of keys was, for a store that does not tell it any more. */
  readonly keyOrder?: KeyOrderName | undefined;
  readonly onFinding: (finding: Finding) => void;
  /** Told of each key that is not certain. */
  readonly onKey: (key: UncertainKey) => void | Promise<void>;
}

export interface UncertainKey {
  readonly key: Buffer;
  /** Lost: its newest record is known, and is damaged or missing. Doubtful: a newer one may be lost. */
  readonly kind: "lost" | "doubtful";
  /** Of the newest record that is known. */
  readonly revision: Revision;
  /** Where that lies, or lay. */
  readonly file: string;
  readonly offset: number;
}

export interface SalvageResult {
  readonly copiedCount: number;
  readonly lostCount: number;
  readonly doubtfulCount: number;
  /** Keys that were due, and are gone. */
  readonly expiredCount: number;
  readonly findingCount: number;
  /** Revisions of which nobody knows what they changed, beyond what a checkpoint tells. */
  readonly lostRevisions: readonly RevisionRange[];
  readonly revision: Revision;
  readonly keyOrder: KeyOrderName;
  readonly historyId: string;
}

/**
 * Throws STORE_ABSENT, STORE_LOCKED, STORE_TOO_NEW or CANCELLED for the source, STORE_EXISTS for the copy, or
 * what the disk says; damage is no error.
 */
export function salvageStore(options: SalvageOptions): Promise<SalvageResult> {
  return withClosedStore(options, (store) => new Salvage(store, options).run());
}

interface Beginning extends ReplayStart {
  readonly keyOrder: KeyOrderName;
  /** The highest revision that any checkpoint calls durable. */
  readonly durable: Revision;
}

class Salvage {
  readonly #store: ClosedStore;
  readonly #options: SalvageOptions;
  #findingCount = 0;
  #copiedCount = 0;
  #lostCount = 0;
  #doubtfulCount = 0;
  #expiredCount = 0;
  #mayBeCompressed = false;

  constructor(store: ClosedStore, options: SalvageOptions) {
    this.#store = store;
    this.#options = options;
  }

  async run(): Promise<SalvageResult> {
    const source = await findSource(this.#store, this.#find);
    this.#mayBeCompressed = source.manifest?.mayBeCompressed ?? false;
    if (source.manifest === undefined) {
      this.#options.onNote(
        "",
        "without an intact manifest nothing tells whether the newest segments are all there",
      );
    }
    const begin = await this.#beginning(source);
    const segments = nothingCounted(this.#store);
    // Replies are not carried on: nobody retries a call of the damaged store against its copy.
    const replies = { segments, keydir: begin.keydir, replyWindowMs: 0, replyEntriesMax: 0 };
    const replay = new Replay(
      manifestFacts(source, begin),
      segments,
      begin,
      new ReplyWindow(replies),
    );
    const reader = {
      apply: replay.apply.bind(replay),
      raise: replay.raise.bind(replay),
      onFinding: this.#find,
    };
    const durable = revision(Math.max(replay.revision, begin.durable, begin.revision));
    replay.raise(durable, timeMs(0));
    const all = await readForSalvage(this.#store, source, reader, durable);
    // Up to its revision, a checkpoint knows what there was.
    const lost = all.filter(({ last }) => last > begin.revision);
    const { result, historyId } = await makeStore(
      { ...this.#options, directory: this.#options.into },
      async (copy) => {
        await this.#copy(copy, { source, replay, lost, hasLosses: all.length > 0 });
        const facts = {
          mayBeCompressed: this.#mayBeCompressed,
          keyOrder: begin.keyOrder,
          revision: replay.revision,
          logicalTimeMs: replay.commitTimeMs,
        };
        return { facts, result: { revision: replay.revision, keyOrder: begin.keyOrder } };
      },
    );
    return {
      ...result,
      historyId,
      copiedCount: this.#copiedCount,
      lostCount: this.#lostCount,
      doubtfulCount: this.#doubtfulCount,
      expiredCount: this.#expiredCount,
      findingCount: this.#findingCount,
      lostRevisions: lost,
    };
  }

  /** The newest checkpoint that is whole, of whatever age. */
  async #beginning(source: SalvageSource): Promise<Beginning> {
    const { fileSystem, directory, names } = this.#store;
    const live = source.segments.map(({ id, kind }) => ({ id, kind: kind ?? "log" }));
    const numbers = names.checkpoints.map(checkpointNumberOf).filter((each) => each !== undefined);
    let durable = NO_REVISION;
    for (const number of numbers.sort((left, right) => right - left)) {
      const path = join(directory, CHECKPOINTS_DIRECTORY, checkpointFileName(number));
      const read = await readCheckpointFile(fileSystem, path, ({ storeId }, state) => {
        if (!storeId.equals(source.storeId)) return "it is of another store";
        const { keyOrder } = state as CheckpointState;
        const wanted = source.manifest?.keyOrder ?? keyOrder;
        return keyOrder === wanted ? undefined : "it is in another key order";
      });
      if (read.header?.storeId.equals(source.storeId) === true) {
        durable = revision(Math.max(durable, read.header.revision));
      }
      if (read.kind === "unusable") {
        this.#find({ file: checkpointLabel(number), offset: 0, problem: read.problem });
        continue;
      }
      const state = read.state as CheckpointState;
      const keyOrder = this.#keyOrder(state.keyOrder as KeyOrderName);
      const order = keyOrderOf(keyOrder);
      const versionsMax = state.historyVersions;
      return {
        keydir: new Keydir({ order, versionsMax, loaded: read.loaded }),
        revision: read.header.revision,
        segments: new KnownSegments(state, live),
        keyOrder,
        durable,
      };
    }
    const keyOrder = this.#keyOrder(source.manifest?.keyOrder);
    return {
      keydir: new Keydir({ order: keyOrderOf(keyOrder) }),
      revision: NO_REVISION,
      segments: new KnownSegments(undefined, live),
      keyOrder,
      durable,
    };
  }

  /** The one that the store tells; where it tells none, the one that was named. */
  #keyOrder(told: KeyOrderName | undefined): KeyOrderName {
    const { keyOrder: named, onNote } = this.#options;
    if (told === undefined) {
      if (named === undefined)
        onNote("", "nothing tells the order of keys: it is taken to be bytes");
      return named ?? "bytes";
    }
    if (named === undefined || named === told) return told;
    throw new KvError("INVALID_FIELD", `key_order: the store has the order ${told}, not ${named}`);
  }

  async #copy(copy: NewStore, found: Found): Promise<void> {
    const { source, replay, lost, hasLosses } = found;
    const lostUpTo = lost.at(-1)?.last ?? NO_REVISION;
    await using records = new SourceRecords(this.#store, source);
    const view = replay.keydir.pin();
    for (const [key, entry] of view.walk({ isDescending: false })) {
      const record = await records.read(key, entry);
      if (record === undefined) {
        // What is in no segment any more was compacted away, if all that is left is whole.
        const isGone = !records.knows(entry.segment) && source.manifest !== undefined && !hasLosses;
        if (!isGone) await this.#tell("lost", key, entry, records);
        continue;
      }
      if (entry.deadlineMs !== NO_DEADLINE && entry.deadlineMs <= replay.commitTimeMs) {
        this.#expiredCount++;
        continue;
      }
      if (entry.revision < lostUpTo) {
        await this.#tell("doubtful", key, entry, records);
        if (this.#options.doubtful === "leave out") continue;
      }
      if (record.codec !== "none") this.#mayBeCompressed = true;
      await copy.add(asNewest(record), replay.revision);
      this.#copiedCount++;
    }
    view.release();
  }

  async #tell(
    kind: UncertainKey["kind"],
    key: Buffer,
    entry: KeydirEntry,
    records: SourceRecords,
  ): Promise<void> {
    if (kind === "lost") this.#lostCount++;
    else this.#doubtfulCount++;
    const { revision: ofEntry, offset } = entry;
    const file = records.fileOf(entry.segment);
    await this.#options.onKey({ key, kind, revision: ofEntry, file, offset });
  }

  readonly #find = (finding: Finding): void => {
    this.#findingCount++;
    this.#options.onFinding(finding);
  };
}

interface Found {
  readonly source: SalvageSource;
  readonly replay: Replay;
  /** Revisions after the checkpoint that may be lost, in order. */
  readonly lost: readonly RevisionRange[];
  /** Whether anything may be lost, also of what the checkpoint knows. */
  readonly hasLosses: boolean;
}

function manifestFacts(
  { manifest }: SalvageSource,
  { keyOrder }: Beginning,
): ConstructorParameters<typeof Replay>[0] {
  return {
    keyOrder,
    durableRevision: manifest?.durableRevision ?? NO_REVISION,
    commitTimeMs: manifest?.commitTimeMs ?? timeMs(0),
    timeMarkRevision: manifest?.timeMarkRevision ?? NO_REVISION,
  };
}

/** Nobody asks how much is live in a store that is only read. */
function nothingCounted({ fileSystem, directory }: ClosedStore): SegmentTable {
  const onUnreachable = (): void => undefined;
  return new SegmentTable({ fileSystem, directory, openSegmentsMax: 0, onUnreachable });
}

/** In the copy it stands alone, and nobody makes its call again. */
function asNewest(record: LogRecord): LogRecord {
  return { ...record, isLastOfTransaction: true, call: undefined };
}
