/** `kvdb import`: sets the keys of a JSON Lines file and accounts for every line of it. */

import type { Readable } from "node:stream";

import { InvalidArgumentError, Option, type Command } from "commander";

import { KIB, MIB } from "../../base/index.js";
import { openInputFile } from "../../disk/index.js";
import type { Store } from "../../kv/index.js";
import { formatByteSize } from "../byte-size.js";
import { exitOfClientError, type Exit } from "../exit-codes.js";
import { describeSystemError } from "../system-error.js";
import { unpacked } from "../transfer/gzip.js";
import { Importer } from "../transfer/importer.js";
import { openProgress, type Progress } from "../transfer/progress.js";
import { PATIENT, withStore } from "./client-command.js";
import { counted } from "./counted.js";
import { describeError } from "./describe-error.js";
import { byteSizeOption, countOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import { terminalText } from "./terminal-text.js";
import {
  abortOnSignal,
  addInFlight,
  addTransferOptions,
  rateWords,
  type InFlightOptions,
  type TransferOptions,
} from "./transfer-options.js";

/** Bad lines that are reported one by one; the others are counted. */
const REPORTS_MAX = 100;

const LINE_BYTES_DEFAULT = 8 * MIB;
const LINE_BYTES_MIN = 1 * KIB;
const LINE_BYTES_MAX = 256 * MIB;

interface ImportOptions extends TransferOptions, InFlightOptions {
  readonly skipBad?: true;
  readonly fromLine: number;
  readonly lineBytes: number;
}

interface BadLine {
  readonly line: number;
  readonly reason: string;
}

export function defineImport(command: Command, end: (exit: Exit) => void): void {
  command
    .argument("<file>", "JSON Lines, gzip or not; - for standard input")
    .option("--skip-bad", "Report bad lines and go on, instead of stopping at the first")
    .option("--from-line <number>", "Begin with this line", countOption(1, 1e15), 1)
    .addOption(
      new Option("--line-bytes <size>", "Longest line that is taken")
        .default(LINE_BYTES_DEFAULT, formatByteSize(LINE_BYTES_DEFAULT))
        .argParser(lineBytesOption),
    );
  addTransferOptions(addInFlight(command)).action(async (file: string, options: ImportOptions) => {
    const input =
      file === "-" ? { bytes: process.stdin, sizeBytes: undefined } : await openInputFile(file);
    const progress = await openProgress(input.sizeBytes);
    end(
      await withStore(options, (store, printer) =>
        new ImportRun({ printer, options, progress }).run(store, input.bytes),
      ),
    );
  });
}

function lineBytesOption(text: string): number {
  const bytes = byteSizeOption(text);
  if (bytes >= LINE_BYTES_MIN && bytes <= LINE_BYTES_MAX) return bytes;
  const range = `${formatByteSize(LINE_BYTES_MIN)} to ${formatByteSize(LINE_BYTES_MAX)}`;
  throw new InvalidArgumentError(`Allowed is from ${range}.`);
}

interface ImportWorld {
  readonly printer: Printer;
  readonly options: ImportOptions;
  readonly progress: Progress;
}

interface ImportEnding {
  /** Whether every line of the file was dealt with. */
  readonly isWhole: boolean;
  readonly durationMs: number;
}

class ImportRun {
  readonly #printer: Printer;
  readonly #options: ImportOptions;
  readonly #progress: Progress;
  readonly #badLines: BadLine[] = [];
  readonly #abort = abortOnSignal();
  #readBytes = 0;

  constructor(world: ImportWorld) {
    this.#printer = world.printer;
    this.#options = world.options;
    this.#progress = world.progress;
  }

  async run(store: Store, source: Readable): Promise<Exit> {
    const startMs = performance.now();
    const importer = this.#importer(store);
    let failure: Exit | undefined;
    // A pipe that says nothing must not hold up whoever wants to stop.
    this.#abort.signal.addEventListener("abort", () => source.destroy());
    try {
      await importer.run(
        await unpacked(source, (count) => {
          this.#readBytes += count;
        }),
      );
    } catch (error) {
      failure = this.#abort.signal.aborted ? "interrupted" : exitOfClientError(error);
      this.#progress.stop();
      if (failure !== "interrupted") this.#printer.note(`kvdb: ${describeFailure(error)}`);
    } finally {
      this.#progress.stop();
      source.destroy();
    }
    const isWhole = failure === undefined && !importer.isStopped && !this.#abort.signal.aborted;
    await this.#report(importer, { isWhole, durationMs: performance.now() - startMs });
    if (failure !== undefined) return failure;
    if (this.#abort.signal.aborted) return "interrupted";
    return importer.isStopped ? "bad-line" : "ok";
  }

  #importer(store: Store): Importer {
    const importer = new Importer({
      store,
      context: PATIENT,
      inFlightMax: this.#options.inFlight,
      lineBytesMax: this.#options.lineBytes,
      fromLine: this.#options.fromLine,
      retryMsMax: this.#options.retryFor,
      signal: this.#abort.signal,
      onBadLine: (line, reason) => this.#onBadLine({ line, reason }),
      onLine: () => {
        this.#progress.update(this.#readBytes, importer.counts.imported);
      },
    });
    return importer;
  }

  #onBadLine(bad: BadLine): boolean {
    if (this.#badLines.length < REPORTS_MAX) {
      this.#badLines.push(bad);
      this.#printer.note(`line ${String(bad.line)}: ${terminalText(bad.reason)}`);
    }
    return this.#options.skipBad === true;
  }

  async #report(importer: Importer, how: ImportEnding): Promise<void> {
    const { counts, nextLine } = importer;
    const { isWhole, durationMs } = how;
    const object = {
      whole: isWhole,
      imported: counts.imported,
      bad: counts.bad,
      expired: counts.expired,
      blank: counts.blank,
      skipped: counts.skipped,
      lines: counts.lastLine,
      ...(isWhole ? {} : { next_line: nextLine }),
      bad_lines: this.#badLines,
      duration_ms: Math.round(durationMs),
    };
    const unsaid = counts.bad - this.#badLines.length;
    const words = [
      `imported ${rateWords(counts.imported, durationMs)}`,
      ...(counts.bad === 0 ? [] : [counted(counts.bad, "bad line")]),
      ...(unsaid === 0 ? [] : [`${String(unsaid)} of them not shown`]),
      ...(counts.expired === 0 ? [] : [`${String(counts.expired)} expired already, left out`]),
      ...(isWhole ? [] : [`not done; go on with --from-line ${String(nextLine)}`]),
    ];
    await this.#printer.say(object, words.join("; "));
  }
}

/** The file's own troubles come without a name, because streams do not say theirs. */
function describeFailure(error: unknown): string {
  const isGzip = error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
  return isGzip ? `the file: ${describeSystemError(error)}` : describeError(error);
}
