/** `kvdb scan`: the entries of a range that a filter matches, all of one revision, as they come. */

import type { Command } from "commander";

import type { Entry, ScanBatch, Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import { utf8Text } from "../transfer/json-value.js";
import { addAddress, addJson, withStore, type ClientOptions } from "./client-command.js";
import { entryJson, keyJson } from "./entry-json.js";
import { countOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import { addRangeOptions, rangeOf, type RangeOptions } from "./range-options.js";
import { abortOnSignal } from "./transfer-options.js";

interface ScanOptions extends ClientOptions, RangeOptions {
  readonly filter?: string;
  readonly values?: true;
  readonly descending?: true;
  readonly limit?: number;
}

export function defineScan(command: Command, end: (exit: Exit) => void): void {
  addRangeOptions(command)
    .option("-f, --filter <expression>", "Only entries that match this expression in CEL")
    .option("--values", "Print the values too")
    .option("--descending", "From the last key to the first")
    .option("--limit <count>", "End after this many", countOption(1, Number.MAX_SAFE_INTEGER))
    .addHelpText(
      "after",
      "\nA filter speaks of key, value, json, size, revision, version, update_time, expire_time and" +
        "\ncontent_type:  kvdb scan --prefix deb/ --filter 'json.size > 100000000'",
    );
  addJson(addAddress(command)).action(async (options: ScanOptions) => {
    end(await withStore(options, (store, printer) => scan(store, printer, options)));
  });
}

async function scan(store: Store, printer: Printer, options: ScanOptions): Promise<Exit> {
  const { signal } = abortOnSignal();
  const query = {
    range: rangeOf(options),
    includeValues: options.values === true,
    filter: options.filter ?? "",
    descending: options.descending === true,
    limit: options.limit ?? 0,
  };
  for await (const batch of store.scan(query, signal)) await print(printer, batch, options);
  return signal.aborted ? "interrupted" : "ok";
}

async function print(
  printer: Printer,
  { entries }: ScanBatch,
  { values }: ScanOptions,
): Promise<void> {
  if (entries.length === 0) return;
  const lineOf = (entry: Entry): string => {
    if (printer.json) return values === true ? entryJson(entry) : keyJson(entry);
    const key = printer.safe(entry.key.toString());
    return values === true ? `${key}\t${shown(printer, entry.value)}` : key;
  };
  await printer.write(entries.map((entry) => `${lineOf(entry)}\n`).join(""));
}

/** A value on one line; bytes that are no text are counted. */
function shown(printer: Printer, value: Buffer): string {
  const text = utf8Text(value);
  if (text === undefined) return `(${String(value.length)} bytes that are not text)`;
  return printer.safe(text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n"));
}
