/** Pages that are written down as they are in memory, and taken back into memory; of trees, and of others. */

/** Pages with numbers that follow one another, as they lie in memory. */
export interface PageRun {
  readonly firstPage: number;
  readonly bytes: Buffer;
}

/** A pinned state as its pages. */
export interface PageImage {
  /** What is to be known beside the pages: anything that JSON can hold. */
  readonly shape: object;
  /** How many pages `find` has found. */
  readonly pageCount: number;
  /** Finds the pages. Gives way now and then; to be run to its end. */
  find(): IterableIterator<void>;
  /** The pages by their numbers, in runs of a few at a time. Their bytes do not change while pinned. */
  runs(): IterableIterator<PageRun>;
  release(): void;
}

/** Takes pages back, in any order, straight into the memory where they will be used. */
export interface PageLoader<Loaded> {
  /** How many pages from this one on lie in one piece of memory. */
  runLengthFrom(page: number): number;
  /** Where the bytes of so many pages belong. */
  bytesFor(firstPage: number, count: number): Buffer;
  /** To be called when all are there. */
  finish(): Loaded;
}
