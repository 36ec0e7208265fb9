/** `kvdb versions`: the versions of a key that the server keeps, newest first. */

import type { Command } from "commander";

import { MIB } from "../../base/index.js";
import type { Entry, Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import { formatTime } from "../time-text.js";
import { utf8Text } from "../transfer/json-value.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { entryJson } from "./entry-json.js";
import type { Printer } from "./printer.js";

/** How long a page may be is for the server to say; it is asked for what fits any message. */
const PAGE_BYTES = 1 * MIB;

export function defineVersions(command: Command, end: (exit: Exit) => void): void {
  addClientOptions(command.argument("<key>", "The key"), SHORT_TIMEOUT).action(
    async (key: string, options: ClientOptions) => {
      end(await withStore(options, (store, printer) => versions(store, printer, key)));
    },
  );
}

async function versions(store: Store, printer: Printer, key: string): Promise<Exit> {
  let pageToken = "";
  let count = 0;
  do {
    const query = { key: Buffer.from(key), pageSize: 0, pageToken, bytesMax: PAGE_BYTES };
    const page = await store.listVersions(query, PATIENT);
    count += page.entries.length;
    const lines = page.entries.map((entry) => `${lineOf(printer, entry)}\n`);
    await printer.write(lines.join(""));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  if (count > 0) return "ok";
  printer.note(`kvdb: no version of ${printer.safe(key)} is kept`);
  return "absent";
}

function lineOf(printer: Printer, entry: Entry): string {
  if (printer.json) return entryJson(entry);
  const text = utf8Text(entry.value)?.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  const value = text ?? `(${String(entry.value.length)} bytes that are not text)`;
  const until = entry.deadlineMs === 0 ? "" : ` until ${formatTime(entry.deadlineMs)}`;
  const { revision, version, updateTimeMs } = entry;
  const what = `revision ${String(revision)}, version ${String(version)}`;
  return `${formatTime(updateTimeMs)} ${what}${until}: ${printer.safe(value)}`;
}
