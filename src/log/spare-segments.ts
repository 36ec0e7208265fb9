/**
 * Files filled with zeros ahead of need, so that a commit writes to blocks that are allocated already:
 * one sync on such a file costs half of one on a file that grows, and a full disk is met here, before
 * anything was promised, rather than in the middle of a commit.
 *
 * One spare is ready to become the next segment of the log. Two smaller ones are a reserve for what
 * gives space back when the disk is full: one for deletes and expirations, one for compaction.
 */

import { join } from "node:path";

import { MIB, systemErrorCode, type Clock, type Logger, type Timer } from "../base/index.js";
import { TEMPORARY_SUFFIX, type File, type FileSystem } from "../disk/index.js";
import { FillPace } from "./fill-pace.js";

export type SpareKind = "compaction-reserve" | "removal-reserve" | "ready";

/** The reserve is filled first: it is what an operator with a full disk is saved by. */
const FILLING_ORDER: readonly SpareKind[] = ["compaction-reserve", "removal-reserve", "ready"];

const ZEROS = Buffer.alloc(1 * MIB);
/** A full disk is tried again after a second, and then less and less often: each try writes zeros. */
const RETRY_DELAY_MS_MIN = 1000;
const RETRY_DELAY_MS_MAX = 16_000;
/** A manifest is small, and commits wait for it. */
const ROOM_DELAY_MS = 100;
const ROOM_WAIT_MS_MAX = 60_000;

export interface Spare {
  readonly path: string;
  readonly sizeBytes: number;
}

export interface SpareSegmentsOptions {
  readonly fileSystem: FileSystem;
  /** The directory of the segments. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly segmentBytes: number;
  readonly reserveBytes: number;
  /** Told when no segment can be prepared any more. */
  readonly onProblem: () => void;
}

export class SpareSegments {
  readonly #options: SpareSegmentsOptions;
  readonly #spares = new Map<SpareKind, Spare>();
  readonly #pace: FillPace;
  #nameCount = 0;
  #problem: Error | undefined;
  #filling: Promise<void> | undefined;
  #retry: Timer | undefined;
  #retryDelayMs = RETRY_DELAY_MS_MIN;
  #isStopped = false;
  #listeners: (() => void)[] = [];
  /** Whoever waits for all that is missing. */
  #attemptsAwaited = 0;
  #isHurried = false;
  #waitSinceMs = 0;
  #pausedAtMs = Number.NEGATIVE_INFINITY;
  #endPause: () => void = () => undefined;

  constructor(options: SpareSegmentsOptions) {
    this.#options = options;
    // While the disk has had no room, writes are refused until all spares are there.
    const isAwaited = (): boolean =>
      this.#listeners.length > 0 ||
      this.#attemptsAwaited > 0 ||
      this.#problem !== undefined ||
      this.#isStopped;
    this.#pace = new FillPace({ clock: options.clock, isAwaited });
  }

  /** Why the last attempt to fill a spare failed (a full disk, most likely), or undefined. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Size of a full segment. */
  get segmentBytes(): number {
    return this.#options.segmentBytes;
  }

  has(kind: SpareKind): boolean {
    return this.#spares.has(kind);
  }

  /** Filling is to be done in time for a log that has used this share of its newest segment, 0 to 1, and in no more haste. */
  follow(usedRatio: () => number): void {
    this.#pace.follow(usedRatio);
  }

  /** Fills what is missing, in the background. Call it again after space was given back. */
  fill(): void {
    this.#retryDelayMs = RETRY_DELAY_MS_MIN;
    this.#fillSoon();
  }

  /**
   * Has blocks given back for the manifest of a full disk, without which nothing goes on: by us, or where we have none
   * to give, by whoever filled the disk, for whom it waits a while. False: there were none for too long.
   */
  async makeRoom(): Promise<boolean> {
    if (await this.giveBack()) return true;
    const { clock } = this.#options;
    // Who asks again right after a pause still wants the same.
    if (clock.monotonicMs() - this.#pausedAtMs > ROOM_DELAY_MS)
      this.#waitSinceMs = clock.monotonicMs();
    const isOver = clock.monotonicMs() - this.#waitSinceMs >= ROOM_WAIT_MS_MAX;
    if (isOver || this.#isHurried) return false;
    await this.#pause();
    this.#pausedAtMs = clock.monotonicMs();
    return !this.#isHurried;
  }

  /** From now on nobody waits for room: the store is about to end. */
  hurry(): void {
    this.#isHurried = true;
    this.#endPause();
  }

  /** Gives the blocks of a spare back. False: there is none. */
  async giveBack(): Promise<boolean> {
    for (const kind of ["ready", "compaction-reserve", "removal-reserve"] as const) {
      const spare = this.#spares.get(kind);
      if (spare === undefined) continue;
      this.#spares.delete(kind);
      await this.#remove(spare.path);
      return true;
    }
    return false;
  }

  #fillSoon(): void {
    if (this.#filling !== undefined || this.#isStopped) return;
    this.#retry?.cancel();
    this.#filling = this.#fillAll().finally(() => {
      this.#filling = undefined;
      this.#notify();
      if (this.#isStopped) return;
      if (this.#problem !== undefined) {
        this.#retry = this.#options.clock.after(this.#retryDelayMs, () => {
          this.#fillSoon();
        });
        this.#retryDelayMs = Math.min(2 * this.#retryDelayMs, RETRY_DELAY_MS_MAX);
      } else if (this.#missing() !== undefined) this.#fillSoon();
    });
  }

  /** Hands a spare of at least this size over, for good. `fill` has its successor filled. */
  take(kind: SpareKind, sizeBytesMin: number): Spare | undefined {
    const spare = this.#spares.get(kind);
    if (spare === undefined || spare.sizeBytes < sizeBytesMin) return undefined;
    this.#spares.delete(kind);
    return spare;
  }

  /** Tries again at once; resolves when that attempt has ended, well or badly. */
  async fillNow(): Promise<void> {
    this.#attemptsAwaited++;
    try {
      this.#pace.wake();
      await this.#filling;
      this.fill();
      await this.#filling;
    } finally {
      this.#attemptsAwaited--;
    }
  }

  /** Resolves when an attempt under way has ended, well or badly. */
  whenAttempted(): Promise<void> {
    return new Promise((resolve) => {
      this.#listeners.push(resolve);
      if (this.#filling === undefined) this.#fillSoon();
      if (this.#filling === undefined) this.#notify();
      this.#pace.wake();
    });
  }

  /** Makes one spare at once, of any size; used before there is a store to serve. */
  make(sizeBytes: number): Promise<Spare> {
    return this.#make("start", sizeBytes);
  }

  /** Ends the filling and removes the spares. */
  async stop(): Promise<void> {
    this.hurry();
    this.#isStopped = true;
    this.#retry?.cancel();
    this.#pace.wake();
    await this.#filling;
    this.#notify();
    for (const spare of this.#spares.values()) await this.#remove(spare.path);
    this.#spares.clear();
  }

  /** The manifest's swaps come one after the other, so there is one at a time. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(ROOM_DELAY_MS, resolve);
      this.#endPause = () => {
        timer.cancel();
        resolve();
      };
    });
  }

  #missing(): SpareKind | undefined {
    return FILLING_ORDER.find((kind) => !this.#spares.has(kind));
  }

  async #fillAll(): Promise<void> {
    for (let kind = this.#missing(); kind !== undefined; kind = this.#missing()) {
      const { segmentBytes, reserveBytes } = this.#options;
      try {
        this.#spares.set(
          kind,
          await this.#make(kind, kind === "ready" ? segmentBytes : reserveBytes),
        );
      } catch (error) {
        if (!this.#isStopped) this.#report(kind, error);
        return;
      }
      this.#notify();
    }
    if (this.#problem !== undefined) {
      this.#problem = undefined;
      this.#options.logger.info({}, "there is room again to prepare segments: writes go on");
    }
  }

  #report(kind: SpareKind, error: unknown): void {
    if (this.#problem === undefined) {
      this.#options.logger.error(
        { error: String(error), code: systemErrorCode(error), spare: kind },
        "no segment can be prepared; trying again, at first every second",
      );
    }
    const isNew = this.#problem === undefined;
    this.#problem = error instanceof Error ? error : new Error(String(error));
    if (isNew) this.#options.onProblem();
  }

  async #make(name: string, sizeBytes: number): Promise<Spare> {
    const { fileSystem, directory } = this.#options;
    const count = String(++this.#nameCount);
    const path = join(directory, `spare-${name}-${count}${TEMPORARY_SUFFIX}`);
    try {
      const file = await fileSystem.open(path, "create");
      try {
        await this.#fill(file, sizeBytes);
      } finally {
        await file.close();
      }
      return { path, sizeBytes };
    } catch (error) {
      await this.#remove(path);
      throw error;
    }
  }

  async #fill(file: File, sizeBytes: number): Promise<void> {
    const { clock } = this.#options;
    for (let offset = 0; offset < sizeBytes;) {
      if (this.#isStopped) throw new Error("the store is closing");
      const startedAtMs = clock.monotonicMs();
      const bytes = Math.min(this.#pace.sliceBytes(offset / sizeBytes), sizeBytes - offset);
      await file.write(ZEROS.subarray(0, bytes), offset);
      // A sync a slice: one for all of it would stall the commits behind it.
      await file.sync();
      offset += bytes;
      if (offset === sizeBytes) return;
      await this.#pace.rest(offset / sizeBytes, clock.monotonicMs() - startedAtMs);
    }
  }

  async #remove(path: string): Promise<void> {
    try {
      await this.#options.fileSystem.unlink(path);
    } catch {
      // What stays behind is a temporary file, which the next start removes.
    }
  }

  #notify(): void {
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }
}
