/**
 * The names of the segments, to be put on stable storage. Their directory is the log's, for whoever's sake it is
 * synced: the kernel tells of a name that did not reach the disk once, to the next who asks, and that may be compaction.
 * So an error of that sync ends the right to write, whatever it was made for.
 */

import type { KvError } from "../base/index.js";
import { isShortage, type FileSystem } from "../disk/index.js";

export interface SegmentNamesOptions {
  readonly fileSystem: FileSystem;
  /** The directory of the segments. */
  readonly directory: string;
  /** Ends the right to write; returns the error that says so. */
  readonly endWriting: (error: unknown) => KvError;
}

export class SegmentNames {
  readonly #options: SegmentNamesOptions;

  constructor(options: SegmentNamesOptions) {
    this.#options = options;
  }

  /** Throws STORAGE_FAILED; where there was no descriptor to sync by, what the disk said, and nothing has ended. */
  async sync(): Promise<void> {
    const { fileSystem, directory, endWriting } = this.#options;
    try {
      await fileSystem.syncDirectory(directory);
    } catch (error) {
      // Nothing was synced then, and so nothing is known to have failed.
      if (isShortage(error)) throw error;
      throw endWriting(error);
    }
  }
}
