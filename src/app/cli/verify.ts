/** `kvdb verify`: reads all data of a store and tells what is damaged, of a directory or through a server. */

import type { Command } from "commander";

import { KvError, type Finding } from "../../base/index.js";
import { NodeFileSystem } from "../../disk/index.js";
import type { Store, VerifySummary } from "../../kv/index.js";
import { roundByteSize } from "../byte-size.js";
import { exitOfServerError, type Exit } from "../exit-codes.js";
import { openProgress } from "../transfer/progress.js";
import { addClientOptions, LONG_TIMEOUT, withStore, type ClientOptions } from "./client-command.js";
import { counted } from "./counted.js";
import { describeError } from "./describe-error.js";
import { Printer } from "./printer.js";
import { shellWord } from "./shell-word.js";
import { abortOnSignal } from "./transfer-options.js";

export function defineVerify(command: Command, end: (exit: Exit) => void): void {
  command.argument("[directory]", "A closed store's data directory; without it, the server's");
  addClientOptions(command, LONG_TIMEOUT).action(
    async (directory: string | undefined, options: ClientOptions) => {
      if (directory === undefined) {
        end(await withStore(options, verifyServer));
        return;
      }
      if (command.getOptionValueSource("address") === "cli") {
        throw new KvError("INVALID_FIELD", "a directory and --address do not go together");
      }
      const printer = new Printer({ json: options.json === true });
      end(await new DirectoryVerify(directory, printer).run());
    },
  );
}

class DirectoryVerify {
  readonly #directory: string;
  readonly #printer: Printer;

  constructor(directory: string, printer: Printer) {
    this.#directory = directory;
    this.#printer = printer;
  }

  async run(): Promise<Exit> {
    const { verifyClosedStore } = await import("../../kv/index.js");
    const bar = await openProgress(100);
    const { signal } = abortOnSignal();
    const found: Finding[] = [];
    try {
      const summary = await verifyClosedStore({
        fileSystem: new NodeFileSystem(),
        directory: this.#directory,
        signal,
        onFinding: (finding) => found.push(finding),
        onNote: (file, note) => {
          this.#printer.note(noteLine(file === "" ? this.#directory : file, note));
        },
        onProgress: ({ doneBytes, totalBytes }) => {
          bar.update(percentOf(doneBytes, totalBytes), found.length);
        },
      });
      bar.stop();
      return await this.#report(found, summary);
    } catch (error) {
      bar.stop();
      if (signal.aborted) return "interrupted";
      process.stderr.write(`kvdb: ${describeError(error)}\n`);
      return exitOfServerError(error);
    }
  }

  async #report(found: readonly Finding[], summary: VerifySummary): Promise<Exit> {
    await printFindings(this.#printer, found);
    const { findingCount, segments, checkpoints, snapshots, records, sizeBytes, revision } =
      summary;
    const parts = [
      counted(segments, "segment"),
      counted(checkpoints, "checkpoint"),
      counted(snapshots, "snapshot"),
    ].join(", ");
    const words = `verified ${parts}: ${counted(records, "record")}, ${roundByteSize(sizeBytes)}, revision ${String(revision)}; `;
    await this.#printer.say(
      {
        finding_count: findingCount,
        segments,
        checkpoints,
        snapshots,
        records,
        size_bytes: sizeBytes,
        revision,
      },
      words + outcomeWords(findingCount),
    );
    if (findingCount === 0) return "ok";
    this.#printer.note(
      "kvdb: what is right can be copied into a new store: " +
        `kvdb salvage ${shellWord(this.#directory)} NEW_DIRECTORY`,
    );
    return "corrupt";
  }
}

/** A server's findings come as it finds them. */
async function verifyServer(store: Store, printer: Printer): Promise<Exit> {
  const bar = await openProgress(100);
  const { signal } = abortOnSignal();
  let isDone = false;
  let findingCount = 0;
  try {
    for await (const report of store.verify(signal)) {
      ({ isDone, findingCount } = report);
      await printFindings(printer, report.findings);
      bar.update(percentOf(report.doneBytes, report.totalBytes), findingCount);
      if (!isDone) continue;
      const { doneFiles, doneBytes } = report;
      bar.stop();
      await printer.say(
        { finding_count: findingCount, files: doneFiles, size_bytes: doneBytes },
        `verified ${counted(doneFiles, "file")}, ${roundByteSize(doneBytes)}; ${outcomeWords(findingCount)}`,
      );
    }
  } finally {
    bar.stop();
  }
  if (signal.aborted) return "interrupted";
  if (!isDone) throw new KvError("SERVER_ERROR", "the server ended before it was done");
  return findingCount === 0 ? "ok" : "corrupt";
}

export async function printFindings(printer: Printer, found: readonly Finding[]): Promise<void> {
  for (const { file, offset, problem } of found) {
    const line = `${file}: byte ${String(offset)}: ${problem}`;
    await printer.say({ file, offset, problem }, printer.safe(line));
  }
}

export function noteLine(what: string, note: string): string {
  return `kvdb: ${what}: ${note}`;
}

export function percentOf(doneBytes: number, totalBytes: number): number {
  return Math.floor((100 * doneBytes) / Math.max(1, totalBytes));
}

function outcomeWords(findingCount: number): string {
  return findingCount === 0 ? "all is whole" : `damage in ${counted(findingCount, "place")}`;
}
