/**
 * Verifies everything on demand, one at a time. The work goes on at its own pace and waits for nobody: who
 * follows it gets what was found since it last asked, and how far it is.
 */

import { KvError, type Finding } from "../base/index.js";
import { Pace, type PaceOptions } from "./pace.js";
import type { StoreFile, StoreFiles } from "./verify-open.js";

/** How often it tells how far it is, if nothing else is to be told. */
const PROGRESS_MS = 500;

/** More than this is told as a number. */
const FINDINGS_MAX = 1000;

export interface VerifyReport {
  /** Those since the last report, up to a thousand in all. */
  readonly findings: readonly Finding[];
  /** All so far. */
  readonly findingCount: number;
  readonly doneFiles: number;
  readonly totalFiles: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Everything was verified; no report follows. */
  readonly isDone: boolean;
}

export interface VerificationOptions {
  readonly files: StoreFiles;
  readonly pace: Omit<PaceOptions, "signal">;
  readonly onFinding: (finding: Finding) => void;
}

export class Verification {
  readonly #options: VerificationOptions;
  readonly #stopping = new AbortController();
  #underWay: Promise<void> | undefined;

  constructor(options: VerificationOptions) {
    this.#options = options;
  }

  /**
   * Reports until everything was verified, the first at once. Ends early when the signal aborts. Throws
   * OVERLOADED while another is under way, and DRAINING when the store is about to close.
   */
  async *run(signal: AbortSignal): AsyncGenerator<VerifyReport, void, undefined> {
    if (isAborted(signal)) return;
    if (this.#underWay !== undefined) {
      const message = "another verification is under way: one goes on at a time";
      throw new KvError("OVERLOADED", message, { retryAfterMs: 10_000 });
    }
    const ended = new AbortController();
    const run = new VerifyRun(
      this.#options,
      AbortSignal.any([signal, this.#stopping.signal, ended.signal]),
    );
    const work = run.work().finally(() => {
      this.#underWay = undefined;
    });
    this.#underWay = work;
    try {
      yield run.report();
      for (;;) {
        await run.changed();
        if (run.error !== undefined) break;
        const report = run.report();
        yield report;
        if (report.isDone) return;
      }
      if (!isAborted(signal)) throw run.error;
    } finally {
      ended.abort();
      await work;
    }
  }

  /** Ends the one under way with DRAINING, and waits for it. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#underWay;
  }
}

/** Asked anew each time: the compiler takes a property that was false once to stay so. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

class VerifyRun {
  readonly #options: VerificationOptions;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  #files: readonly StoreFile[] = [];
  #findings: Finding[] = [];
  #findingCount = 0;
  #doneFiles = 0;
  #doneBytes = 0;
  #isDone = false;
  #toldMs: number;
  #wake: () => void = () => undefined;
  #hasChanged = false;
  /** Why it ended before it was done. */
  error: Error | undefined;

  constructor(options: VerificationOptions, signal: AbortSignal) {
    this.#options = options;
    this.#pace = new Pace({ ...options.pace, signal });
    this.#signal = signal;
    this.#toldMs = options.pace.clock.monotonicMs();
    signal.addEventListener("abort", this.#notify);
  }

  /** Never rejects. */
  async work(): Promise<void> {
    const { files } = this.#options;
    try {
      this.#files = await files.list();
      for (const { label } of this.#files) {
        await files.check(label, { onFinding: this.#find, spend: this.#spend });
        this.#doneFiles++;
      }
      this.#isDone = true;
    } catch (error) {
      this.error = error instanceof Error ? error : new Error(String(error));
    }
    this.#signal.removeEventListener("abort", this.#notify);
    this.#notify();
  }

  /** Resolves when there is something new to report. */
  async changed(): Promise<void> {
    if (!this.#hasChanged) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#hasChanged = false;
    // Its own error comes with the next step; nobody needs to wait for that.
    if (this.#signal.aborted) this.error ??= new KvError("DRAINING", "the store is closing");
  }

  report(): VerifyReport {
    const findings = this.#findings;
    this.#findings = [];
    this.#toldMs = this.#options.pace.clock.monotonicMs();
    const totalBytes = this.#files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return {
      findings,
      findingCount: this.#findingCount,
      doneFiles: this.#doneFiles,
      totalFiles: this.#files.length,
      doneBytes: Math.min(this.#doneBytes, totalBytes),
      totalBytes,
      isDone: this.#isDone,
    };
  }

  readonly #find = (finding: Finding): void => {
    this.#findingCount++;
    if (this.#findingCount <= FINDINGS_MAX) this.#findings.push(finding);
    this.#options.onFinding(finding);
    this.#notify();
  };

  readonly #spend = (bytes: number): Promise<void> | undefined => {
    this.#doneBytes += bytes;
    if (this.#options.pace.clock.monotonicMs() - this.#toldMs >= PROGRESS_MS) this.#notify();
    return this.#pace.spend(bytes);
  };

  readonly #notify = (): void => {
    this.#hasChanged = true;
    this.#wake();
  };
}
