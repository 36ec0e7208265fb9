/**
 * What is wrong with the store and has not ended it, each since it began and for as long as it lasts: damaged
 * files, and no room for another segment.
 */

import {
  corrupt,
  type Finding,
  type KvError,
  type Logger,
  type SegmentId,
  type TimeMs,
} from "../base/index.js";
import { segmentLabel, SEGMENTS_DIRECTORY, type SegmentTable } from "./segment-table.js";
import type { Damage, Trouble } from "./storage-status.js";

export interface TroublesOptions {
  readonly segments: SegmentTable;
  readonly logger: Logger;
  readonly nowMs: () => TimeMs;
  /** Why no segment can be prepared, if so. */
  readonly spaceProblem: () => Error | undefined;
}

export class Troubles {
  readonly #options: TroublesOptions;
  /** By file: however much of one is damaged, it is one trouble, and one line of the log. */
  readonly #damages = new Map<string, Damage>();
  #spaceSinceMs: TimeMs | undefined;

  constructor(options: TroublesOptions) {
    this.#options = options;
  }

  /** Of segments that are still part of the store, and of other files until they are whole or gone. */
  get damages(): readonly Damage[] {
    const live = new Set(this.#options.segments.list().map(({ id }) => segmentLabel(id)));
    for (const file of this.#damages.keys()) {
      if (file.startsWith(`${SEGMENTS_DIRECTORY}/`) && !live.has(file)) this.#damages.delete(file);
    }
    return [...this.#damages.values()];
  }

  /** Why no segment can be prepared, as the disk says it. */
  get space(): (Trouble & { readonly cause: Error }) | undefined {
    this.checkSpace();
    const cause = this.#options.spaceProblem();
    if (cause === undefined || this.#spaceSinceMs === undefined) return undefined;
    return { message: cause.message, sinceMs: this.#spaceSinceMs, cause };
  }

  noteDamage(segment: SegmentId, error: KvError): void {
    this.#note(segmentLabel(segment), error.message);
  }

  noteFinding({ file, offset, problem }: Finding): void {
    this.#note(file, corrupt(file, offset, problem).message);
  }

  /** The file was verified, and nothing was found; or it is gone. What compaction leaves alone stays a trouble. */
  noteWhole(file: string): void {
    const { segments } = this.#options;
    const stats = segments.list().find(({ id }) => segmentLabel(id) === file);
    if (stats?.isDamaged !== true) this.#damages.delete(file);
  }

  #note(file: string, message: string): void {
    const known = this.#damages.get(file);
    if (known === undefined) this.#options.logger.error({ error: message }, "found damage");
    const sinceMs = known?.sinceMs ?? this.#options.nowMs();
    this.#damages.set(file, { file, message, sinceMs });
  }

  /** To be called where the problem may have begun or ended, so that its beginning is known. */
  checkSpace(): void {
    const isThere = this.#options.spaceProblem() !== undefined;
    if (!isThere) this.#spaceSinceMs = undefined;
    else this.#spaceSinceMs ??= this.#options.nowMs();
  }
}
