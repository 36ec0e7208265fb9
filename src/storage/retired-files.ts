/** Unlinks the files of retired segments once nobody can reach them, then their lines in the manifest. */

import { join } from "node:path";

import type { Logger, SegmentId } from "../base/index.js";
import type { FileSystem } from "../disk/index.js";
import { segmentFileName, type ManifestFile } from "../log/index.js";
import type { SegmentNames } from "./segment-names.js";

export interface RetiredFilesOptions {
  readonly fileSystem: FileSystem;
  /** The directory of the segments. */
  readonly directory: string;
  readonly logger: Logger;
  readonly segmentNames: SegmentNames;
}

export class RetiredFiles {
  readonly #options: RetiredFilesOptions;
  readonly #manifest: ManifestFile;
  readonly #waiting = new Set<SegmentId>();
  #work: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: RetiredFilesOptions, manifest: ManifestFile) {
    this.#options = options;
    this.#manifest = manifest;
  }

  /** Has the file removed soon. What fails stays listed as retired, and the next start removes it. */
  remove(id: SegmentId): void {
    if (this.#isStopped) return;
    this.#waiting.add(id);
    this.#work = this.#work.then(() => this.#removeWaiting());
  }

  /** Removes no more: what is retired from now on is left for the next start. */
  stop(): Promise<void> {
    this.#isStopped = true;
    return this.#work;
  }

  /** Resolves when everything that was to be removed by now is. */
  settled(): Promise<void> {
    return this.#work;
  }

  async #removeWaiting(): Promise<void> {
    const ids = [...this.#waiting];
    this.#waiting.clear();
    if (ids.length === 0) return;
    const { fileSystem, directory, segmentNames, logger } = this.#options;
    try {
      for (const id of ids) await fileSystem.unlink(join(directory, segmentFileName(id)));
      await segmentNames.sync();
      const removed = new Set(ids);
      await this.#manifest.swap((current) => ({
        ...current,
        segments: current.segments.filter((segment) => !removed.has(segment.id)),
      }));
    } catch (error) {
      logger.warn(
        { error: String(error) },
        "could not remove retired segments; trying at the next start",
      );
    }
  }
}
