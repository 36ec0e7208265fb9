/** `kvdb list`: keys in order, page by page as they are read, or how many there are. */

import type { Command } from "commander";

import type { Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { countOption } from "./option-values.js";
import type { Printer } from "./printer.js";
import { addRangeOptions, rangeOf, type RangeOptions } from "./range-options.js";

interface ListOptions extends ClientOptions, RangeOptions {
  readonly descending?: true;
  readonly count?: true;
  readonly limit?: number;
  readonly pageSize: number;
}

export function defineList(command: Command, end: (exit: Exit) => void): void {
  addRangeOptions(command)
    .option("--descending", "From the last key to the first")
    .option("--count", "Print how many keys there are, and none of them")
    .option("--limit <count>", "Stop after this many keys", countOption(1, Number.MAX_SAFE_INTEGER))
    .option(
      "--page-size <count>",
      "Keys to a call; 0: as the server likes",
      countOption(0, 1e6),
      0,
    );
  addClientOptions(command, SHORT_TIMEOUT).action(async (options: ListOptions) => {
    end(
      await withStore(options, (store, printer) =>
        options.count === true ? count(store, printer, options) : list(store, printer, options),
      ),
    );
  });
}

async function count(store: Store, printer: Printer, options: ListOptions): Promise<Exit> {
  const page = await store.listKeys(
    { range: rangeOf(options), pageSize: 0, pageToken: "", descending: false, countOnly: true },
    PATIENT,
  );
  const { totalSize, revision } = page;
  await printer.say({ count: totalSize, revision }, String(totalSize));
  return "ok";
}

async function list(store: Store, printer: Printer, options: ListOptions): Promise<Exit> {
  let restCount = options.limit ?? Number.POSITIVE_INFINITY;
  let pageToken = "";
  do {
    const page = await store.listKeys(
      {
        range: rangeOf(options),
        pageSize: options.pageSize,
        pageToken,
        descending: options.descending === true,
        countOnly: false,
      },
      PATIENT,
    );
    const keys = page.keys.slice(0, restCount);
    await printer.write(keys.map((key) => lineOf(printer, key)).join(""));
    restCount -= keys.length;
    pageToken = page.nextPageToken;
  } while (pageToken !== "" && restCount > 0);
  return "ok";
}

function lineOf(printer: Printer, key: Buffer): string {
  const text = key.toString();
  return `${printer.json ? JSON.stringify({ key: text }) : printer.safe(text)}\n`;
}
