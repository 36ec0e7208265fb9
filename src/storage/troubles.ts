/**
 * What is wrong with the store and has not ended it, each since it began and for as long as it lasts: damaged
 * segments, and no room for another segment.
 */

import type { KvError, Logger, SegmentId, TimeMs } from "../base/index.js";
import type { SegmentTable } from "./segment-table.js";
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
  readonly #damages = new Map<SegmentId, Damage>();
  #spaceSinceMs: TimeMs | undefined;

  constructor(options: TroublesOptions) {
    this.#options = options;
  }

  /** Of the segments that are still part of the store. */
  get damages(): readonly Damage[] {
    const { segments } = this.#options;
    for (const id of this.#damages.keys()) if (!segments.has(id)) this.#damages.delete(id);
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
    const known = this.#damages.get(segment);
    if (known === undefined) this.#options.logger.error({ error: error.message }, "found damage");
    const sinceMs = known?.sinceMs ?? this.#options.nowMs();
    this.#damages.set(segment, { segment, message: error.message, sinceMs });
  }

  /** To be called where the problem may have begun or ended, so that its beginning is known. */
  checkSpace(): void {
    const isThere = this.#options.spaceProblem() !== undefined;
    if (!isThere) this.#spaceSinceMs = undefined;
    else this.#spaceSinceMs ??= this.#options.nowMs();
  }
}
