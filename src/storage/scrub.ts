/**
 * Verifies all files again and again in the background, each once in `scrub.period`, so that decay is found while
 * there is still a snapshot or a replica to mend it from. Files are spread over most of the period:
 *
 *   a file is due when as much of the period has passed as of the bytes has been verified
 *
 * The time that counts is that of the wall clock, and the position is kept on disk; so a server that runs for
 * an hour a day has a scrub that is behind, which goes faster, up to the rate of other work in the background.
 */

import {
  isKvError,
  MIB,
  timeMs,
  type Finding,
  type Logger,
  type TimeMs,
  type Timer,
} from "../base/index.js";
import { Pace, type PaceOptions } from "./pace.js";
import {
  beginScrub,
  readScrubState,
  writeScrubState,
  type CompletedScrub,
  type ScrubState,
} from "./scrub-file.js";
import type { StorageOptions } from "./storage-options.js";
import type { StoreFile, StoreFiles } from "./verify-open.js";

/** So many times in a period it is seen whether a file is due. */
const LOOKS = 1000;
const LOOK_MS_MIN = 1000;

/** A start has other things to do at first. */
const FIRST_LOOK_MS_MAX = 60_000;

/** The files are spread over this share of the period: the rest is for what holds it up. */
const SPREAD_SHARE = 0.8;

/** Slower than this gains nothing for anyone. */
const BYTES_PER_SECOND_MIN = 4 * MIB;

/** Remembered over a restart: one for a file. */
const FINDINGS_MAX = 100;

export interface ScrubStatus {
  /** When the scrub under way began. 0: scrubbing is off. */
  readonly startTimeMs: TimeMs;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Found so far. */
  readonly findingCount: number;
  readonly last: CompletedScrub | undefined;
}

export interface ScrubDependencies {
  readonly options: StorageOptions;
  readonly files: StoreFiles;
  readonly logger: Logger;
  /** See `PaceOptions`. */
  readonly writersWait: PaceOptions["writersWait"];
  /** Told of what is damaged, each time that it is met. */
  readonly onFinding: (finding: Finding) => void;
  /** Told of a file that is whole. */
  readonly onWhole: (label: string) => void;
}

export class Scrub {
  readonly #dependencies: ScrubDependencies;
  readonly #stopping = new AbortController();
  #state: ScrubState | undefined;
  #totalBytes = 0;
  #timer: Timer | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(dependencies: ScrubDependencies) {
    this.#dependencies = dependencies;
  }

  get status(): ScrubStatus {
    const state = this.#state;
    return {
      startTimeMs: state?.startTimeMs ?? timeMs(0),
      doneBytes: state?.bytes ?? 0,
      totalBytes: Math.max(this.#totalBytes, state?.bytes ?? 0),
      findingCount: state?.findingCount ?? 0,
      last: state?.last,
    };
  }

  /** Goes on from where an earlier process was. What that found and is still there is told again. */
  start(): void {
    if (this.#dependencies.options.scrubPeriodMs === 0) return;
    this.#underWay = this.#begin().finally(() => {
      this.#schedule(Math.min(FIRST_LOOK_MS_MAX, this.#lookMs));
    });
  }

  /** Has one under way end soon, and waits for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    await this.#underWay;
  }

  async #begin(): Promise<void> {
    const { options, onFinding, logger } = this.#dependencies;
    const { fileSystem, directory, clock } = options;
    const found = await readScrubState(fileSystem, directory);
    this.#state = found ?? beginScrub(clock.wallMs(), undefined);
    try {
      const labels = new Set((await this.#list()).map(({ label }) => label));
      for (const finding of this.#state.findings) if (labels.has(finding.file)) onFinding(finding);
    } catch (error) {
      logger.warn({ error: String(error) }, "the scrub was held up; it goes on later");
    }
  }

  get #lookMs(): number {
    return Math.max(LOOK_MS_MIN, this.#dependencies.options.scrubPeriodMs / LOOKS);
  }

  #schedule(delayMs: number): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = this.#dependencies.options.clock.after(delayMs, () => {
      this.#underWay = this.#goOn().finally(() => {
        this.#schedule(this.#lookMs);
      });
    });
  }

  /** Verifies what is due. Never rejects. */
  async #goOn(): Promise<void> {
    const { logger } = this.#dependencies;
    try {
      for (;;) {
        const state = this.#stateNow();
        const files = await this.#list();
        const rest = files.filter(({ label }) => label > state.position);
        const [next] = rest;
        if (next === undefined) {
          if (!(await this.#finish(state))) return;
          continue;
        }
        if (!this.#isDue(state, rest)) return;
        await this.#check(state, next, rest);
      }
    } catch (error) {
      if (isKvError(error, "DRAINING")) return;
      logger.warn({ error: String(error) }, "the scrub was held up; it goes on later");
    }
  }

  /** A clock that was put back must not hold it up. */
  #stateNow(): ScrubState {
    const nowMs = this.#dependencies.options.clock.wallMs();
    const state = this.#state ?? beginScrub(nowMs, undefined);
    this.#state =
      state.startTimeMs <= nowMs || state.position === ""
        ? state
        : { ...state, startTimeMs: nowMs };
    return this.#state;
  }

  /** False: the next one is not due yet. */
  async #finish(state: ScrubState): Promise<boolean> {
    const { options, logger } = this.#dependencies;
    const nowMs = options.clock.wallMs();
    const { startTimeMs, bytes, findingCount } = state;
    const last = { startTimeMs, endTimeMs: nowMs, bytes, findingCount };
    // It is due a period after this one was, or now, if that has passed.
    const dueMs = timeMs(Math.max(nowMs, startTimeMs + options.scrubPeriodMs));
    await this.#keep({ ...beginScrub(dueMs, last), findings: state.findings });
    const fields = { bytes, findings: findingCount, durationMs: nowMs - startTimeMs };
    if (findingCount === 0) logger.info(fields, "scrubbed: all is whole");
    else logger.error(fields, "scrubbed: there is damage");
    return dueMs <= nowMs;
  }

  #isDue({ startTimeMs, bytes }: ScrubState, rest: readonly StoreFile[]): boolean {
    const { clock, scrubPeriodMs } = this.#dependencies.options;
    const share = bytes / Math.max(1, bytes + sizeOf(rest));
    return clock.wallMs() >= startTimeMs + scrubPeriodMs * SPREAD_SHARE * share;
  }

  async #check(state: ScrubState, file: StoreFile, rest: readonly StoreFile[]): Promise<void> {
    const { files, onFinding, onWhole } = this.#dependencies;
    const pace = this.#paceFor(state, rest);
    let found: Finding | undefined;
    await files.check(file.label, {
      spend: (bytes) => pace.spend(bytes),
      onFinding: (finding) => {
        found ??= finding;
        onFinding(finding);
      },
    });
    if (found === undefined) onWhole(file.label);
    // What the last scrub found in a file that is gone by now went with it.
    const others = state.findings.filter(
      ({ file: label }) => label > file.label || (label <= state.position && label !== file.label),
    );
    await this.#keep({
      ...state,
      position: file.label,
      bytes: state.bytes + file.sizeBytes,
      findingCount: state.findingCount + (found === undefined ? 0 : 1),
      findings: (found === undefined ? others : [...others, found]).slice(-FINDINGS_MAX),
    });
  }

  /** As slow as will do, and twice that. */
  #paceFor({ startTimeMs }: ScrubState, rest: readonly StoreFile[]): Pace {
    const { options, writersWait } = this.#dependencies;
    const { clock, scrubPeriodMs, compactionBytesPerSecond } = options;
    const { signal } = this.#stopping;
    const leftMs = startTimeMs + scrubPeriodMs * SPREAD_SHARE - clock.wallMs();
    const needed = (2 * sizeOf(rest) * 1000) / Math.max(1, leftMs);
    const bytesPerSecond = Math.min(
      compactionBytesPerSecond,
      Math.max(BYTES_PER_SECOND_MIN, needed),
    );
    return new Pace({ clock, bytesPerSecond, signal, writersWait });
  }

  async #list(): Promise<readonly StoreFile[]> {
    const files = await this.#dependencies.files.list();
    this.#totalBytes = sizeOf(files);
    return files;
  }

  /** What cannot be written down is remembered until the process ends. */
  async #keep(state: ScrubState): Promise<void> {
    const { fileSystem, directory, logger } = this.#dependencies.options;
    this.#state = state;
    await writeScrubState(fileSystem, directory, state).catch((error: unknown) => {
      logger.debug({ error: String(error) }, "could not write down how far the scrub is");
    });
  }
}

function sizeOf(files: readonly StoreFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
