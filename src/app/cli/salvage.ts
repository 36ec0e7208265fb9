/** `kvdb salvage`: a new store with what is provably right in a damaged one, and a list of what is not. */

import { isAbsolute, relative, sep } from "node:path";

import { Option, type Command } from "commander";

import { KEY_ORDERS, KvError, SYSTEM_CLOCK, type KeyOrderName } from "../../base/index.js";
import { NodeFileSystem } from "../../disk/index.js";
import type { SalvageResult, UncertainKey } from "../../kv/index.js";
import { exitOfServerError, type Exit } from "../exit-codes.js";
import { openProgress } from "../transfer/progress.js";
import { utf8Text } from "../transfer/json-value.js";
import { addJson } from "./client-command.js";
import { counted } from "./counted.js";
import { describeError } from "./describe-error.js";
import { Printer } from "./printer.js";
import { abortOnSignal } from "./transfer-options.js";
import { noteLine, percentOf, printFindings } from "./verify.js";

interface SalvageOptions {
  readonly includeDoubtful?: true;
  readonly keyOrder?: KeyOrderName;
  readonly json?: true;
}

export function defineSalvage(command: Command, end: (exit: Exit) => void): void {
  command
    .argument("<directory>", "The damaged store's data directory; no server may have it open")
    .argument("<new-directory>", "Where the copy shall be; it must be empty or not be there")
    .option("--include-doubtful", "Copy doubtful keys too, with the newest value that is intact")
    .addOption(
      new Option(
        "--key-order <order>",
        "The order of keys, if nothing in the store tells it any more",
      ).choices([...KEY_ORDERS]),
    )
    .addHelpText(
      "after",
      "\nA key is doubtful when a newer value of it, or its removal, may lie in what is damaged." +
        "\nIt is left out unless --include-doubtful, for a removed key must not come back unseen.",
    );
  addJson(command).action(async (from: string, into: string, options: SalvageOptions) => {
    if (isInside(into, from)) {
      throw new KvError(
        "INVALID_FIELD",
        `${into} is, or lies in, ${from}, which must not be changed`,
      );
    }
    end(await new SalvageRun(from, into, options).run());
  });
}

/** Whether the path is the directory, or lies in it. */
function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way.split(sep)[0] !== ".." && !isAbsolute(way));
}

class SalvageRun {
  readonly #from: string;
  readonly #into: string;
  readonly #options: SalvageOptions;
  readonly #printer: Printer;

  constructor(from: string, into: string, options: SalvageOptions) {
    this.#from = from;
    this.#into = into;
    this.#options = options;
    this.#printer = new Printer({ json: options.json === true });
  }

  async run(): Promise<Exit> {
    const { salvageStore } = await import("../../kv/index.js");
    const bar = await openProgress(100);
    const { signal } = abortOnSignal();
    const { includeDoubtful, keyOrder } = this.#options;
    try {
      const result = await salvageStore({
        fileSystem: new NodeFileSystem(),
        clock: SYSTEM_CLOCK,
        directory: this.#from,
        into: this.#into,
        doubtful: includeDoubtful === true ? "copy" : "leave out",
        keyOrder,
        signal,
        onFinding: (finding) => void printFindings(this.#printer, [finding]),
        onKey: (key) => this.#sayKey(key),
        onNote: (file, note) => {
          this.#printer.note(noteLine(file === "" ? this.#from : file, note));
        },
        onProgress: ({ doneBytes, totalBytes }) => {
          bar.update(percentOf(doneBytes, totalBytes), 0);
        },
      });
      bar.stop();
      return await this.#report(result);
    } catch (error) {
      bar.stop();
      if (signal.aborted) return "interrupted";
      process.stderr.write(`kvdb: ${describeError(error)}\n`);
      return exitOfServerError(error);
    }
  }

  async #sayKey({ key, kind, revision, file, offset }: UncertainKey): Promise<void> {
    const text = utf8Text(key);
    const named = text === undefined ? { key_base64: key.toString("base64") } : { key: text };
    const place = `revision ${String(revision)}, ${file}: byte ${String(offset)}`;
    const words = text ?? `(base64) ${key.toString("base64")}`;
    await this.#printer.say(
      { [kind]: true, ...named, revision, file, offset },
      this.#printer.safe(`${kind} key: ${words} (${place})`),
    );
  }

  async #report(result: SalvageResult): Promise<Exit> {
    const { copiedCount, lostCount, doubtfulCount, expiredCount, findingCount } = result;
    const { lostRevisions, revision, historyId, keyOrder } = result;
    const ranges = lostRevisions.map(({ first, last }) =>
      first === last ? String(first) : `${String(first)} to ${String(last)}`,
    );
    const doubtful =
      this.#options.includeDoubtful === true ? "doubtful, copied" : "doubtful, left out";
    await this.#printer.say(
      {
        copied: copiedCount,
        lost: lostCount,
        doubtful: doubtfulCount,
        expired: expiredCount,
        finding_count: findingCount,
        lost_revisions: lostRevisions,
        revision,
        key_order: keyOrder,
        history_id: historyId,
      },
      [
        `copied ${counted(copiedCount, "key")} into ${this.#into}, history ${historyId}`,
        ...(lostCount === 0 ? [] : [`${counted(lostCount, "key")} lost`]),
        ...(doubtfulCount === 0 ? [] : [`${counted(doubtfulCount, "key")} ${doubtful}`]),
        ...(expiredCount === 0 ? [] : [`${counted(expiredCount, "key")} expired`]),
        ...(ranges.length === 0
          ? []
          : [`what revisions ${ranges.slice(0, 10).join(", ")} changed may be missing`]),
      ].join("; "),
    );
    return lostCount + doubtfulCount + lostRevisions.length === 0 ? "ok" : "corrupt";
  }
}
