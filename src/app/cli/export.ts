/** `kvdb export`: keys and values as JSON Lines, in the form that an import takes. */

import { once } from "node:events";
import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";

import type { Command } from "commander";

import { openOutputFile, type OutputFile } from "../../disk/index.js";
import type { KeyRange, Store } from "../../kv/index.js";
import { exitOfClientError, type Exit } from "../exit-codes.js";
import { exportLine } from "../transfer/export-line.js";
import { Exporter } from "../transfer/exporter.js";
import { openProgress } from "../transfer/progress.js";
import { PATIENT, withStore } from "./client-command.js";
import { describeError } from "./describe-error.js";
import { addRangeOptions, rangeOf, type RangeOptions } from "./range-options.js";
import {
  abortOnSignal,
  addTransferOptions,
  rateWords,
  type TransferOptions,
} from "./transfer-options.js";

interface ExportOptions extends TransferOptions, RangeOptions {
  readonly gzip?: true;
}

export function defineExport(command: Command, end: (exit: Exit) => void): void {
  addRangeOptions(command.argument("<file>", "Where to; - for standard output"))
    .option("--gzip", "Pack with gzip; a name that ends in .gz means that too")
    .addHelpText(
      "after",
      "\nThe export is one point in time: everything is as it was at the revision that the report names." +
        "\nIt has to be done within the server's views.age, which is 5 minutes by default.",
    );
  addTransferOptions(command).action(async (file: string, options: ExportOptions) => {
    end(
      await withStore({ ...options }, async (store, printer) => {
        const run = new ExportRun(store, options);
        const output = file === "-" ? standardOutput() : await openOutputFile(file);
        const isGzip = options.gzip === true || file.endsWith(".gz");
        const exit = await run.run(output, isGzip ? packed(output.bytes) : output.bytes);
        // Standard output may be the export itself, so the report goes beside it then.
        const report = printer.json ? JSON.stringify(run.reportObject()) : run.reportWords();
        if (file === "-" || !printer.json) printer.note(report);
        else await printer.write(`${report}\n`);
        return exit;
      }),
    );
  });
}

function standardOutput(): OutputFile {
  return {
    bytes: process.stdout,
    commit: () => Promise.resolve(),
    abandon: () => Promise.resolve(),
  };
}

class ExportRun {
  readonly #store: Store;
  readonly #range: KeyRange;
  readonly #exporter: Exporter;
  readonly #abort = abortOnSignal();
  readonly #startMs = performance.now();
  #count = 0;
  #isWhole = false;

  constructor(store: Store, options: ExportOptions) {
    this.#store = store;
    this.#range = rangeOf(options);
    this.#exporter = new Exporter({
      store,
      range: this.#range,
      retryMsMax: options.retryFor,
      signal: this.#abort.signal,
    });
  }

  /** `lines` is the output itself, or what packs into it. */
  async run(output: OutputFile, lines: Writable): Promise<Exit> {
    try {
      await this.#write(lines, output.bytes);
      await output.commit();
      this.#isWhole = true;
      return "ok";
    } catch (error) {
      await output.abandon();
      if (this.#abort.signal.aborted) return "interrupted";
      process.stderr.write(`kvdb: ${describeError(error)}\n`);
      return exitOfClientError(error);
    }
  }

  reportObject(): object {
    return {
      exported: this.#count,
      whole: this.#isWhole,
      revision: this.#exporter.revision,
      duration_ms: Math.round(performance.now() - this.#startMs),
    };
  }

  reportWords(): string {
    return [
      `exported ${rateWords(this.#count, performance.now() - this.#startMs)}`,
      ...(this.#isWhole ? [] : ["not done, the output is not whole"]),
      `all at revision ${String(this.#exporter.revision)}`,
    ].join("; ");
  }

  async #write(lines: Writable, output: Writable): Promise<void> {
    const isStandard = output === process.stdout;
    const progress = await openProgress(await this.#total());
    // An error between two writes must stop the work, not the process.
    const failed = new Promise<never>((_, reject) => {
      lines.once("error", reject);
      output.once("error", reject);
    });
    failed.catch(() => undefined);
    try {
      for await (const entry of this.#exporter.entries()) {
        this.#count += 1;
        progress.update(this.#count, this.#count);
        if (!lines.write(exportLine(entry))) await Promise.race([once(lines, "drain"), failed]);
      }
    } finally {
      progress.stop();
    }
    if (lines !== output) lines.end();
    if (isStandard) return;
    if (lines === output) output.end();
    await Promise.race([finished(output), failed]);
  }

  /** Only for the bar: counting costs the server a walk over the range. */
  async #total(): Promise<number | undefined> {
    if (!process.stderr.isTTY) return undefined;
    const query = { range: this.#range, pageSize: 0, pageToken: "", descending: false };
    return (await this.#store.listKeys({ ...query, countOnly: true }, PATIENT)).totalSize;
  }
}

/** A packer whose bytes go to the output. Standard output is never ended by us. */
function packed(output: Writable): Writable {
  const packer = createGzip();
  packer.pipe(output, { end: output !== process.stdout });
  return packer;
}
