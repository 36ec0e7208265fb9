/** `kvdb txn`: does a transaction that a file describes, and prints what each operation answered. */

import type { Command } from "commander";

import { invalidField, MIB } from "../../base/index.js";
import { openInputFile } from "../../disk/index.js";
import type { OperationResult, Store, TransactCommand } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import { readBounded } from "../read-bounded.js";
import { utf8Text } from "../transfer/json-value.js";
import { parseTransaction } from "../transfer/transaction-file.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { entryJson } from "./entry-json.js";
import { expiresMember, expiresWords } from "./expiration-options.js";
import type { Printer } from "./printer.js";
import { addRequestId, givenRequestId, type RequestIdOptions } from "./write-options.js";

/** More than any server takes by its settings. */
const FILE_BYTES_MAX = 256 * MIB;

export function defineTxn(command: Command, end: (exit: Exit) => void): void {
  command.argument("<file>", "The transaction, in YAML or JSON; - reads it from standard input");
  addClientOptions(addRequestId(command), SHORT_TIMEOUT).action(
    async (path: string, options: ClientOptions & RequestIdOptions) => {
      const transaction = { ...parseTransaction(await readText(path)), ...givenRequestId(options) };
      end(await withStore(options, (store, printer) => transact(store, printer, transaction)));
    },
  );
}

async function readText(path: string): Promise<string> {
  const source = path === "-" ? process.stdin : (await openInputFile(path)).bytes;
  try {
    const text = utf8Text(await readBounded(source, FILE_BYTES_MAX));
    if (text === undefined) throw invalidField("file", "is not UTF-8");
    return text;
  } finally {
    source.destroy();
  }
}

async function transact(
  store: Store,
  printer: Printer,
  transaction: TransactCommand,
): Promise<Exit> {
  const { succeeded, revision, results, replayed } = await store.transact(transaction, PATIENT);
  if (printer.json) {
    const mark = replayed === true ? { replayed } : {};
    const head = JSON.stringify({ succeeded, revision, ...mark }).slice(0, -1);
    await printer.write(`${head},"results":[${results.map(resultJson).join(",")}]}\n`);
  } else {
    const which = succeeded ? "the conditions hold" : "the conditions do not hold";
    const again = replayed === true ? " (done before, under this request id)" : "";
    await printer.write(`${which}, revision ${String(revision)}${again}\n`);
    const operations = succeeded ? transaction.then : transaction.otherwise;
    for (const [index, result] of results.entries()) {
      const key = printer.safe(operations[index]?.key.toString() ?? "");
      await printer.write(`${result.kind} ${key}: ${printer.safe(resultWords(result))}\n`);
    }
  }
  return succeeded ? "ok" : "absent";
}

function resultWords(result: OperationResult): string {
  switch (result.kind) {
    case "get":
      return result.entry === undefined ? "absent" : entryJson(result.entry);
    case "increment":
      return `${String(result.value)}${expiresWords(result.deadlineMs)}`;
    case "set":
      return `done${expiresWords(result.deadlineMs)}`;
    case "touch":
      return result.touched ? `done${expiresWords(result.deadlineMs)}` : "absent";
    case "delete":
      return result.deleted ? "done" : "absent";
  }
}

/** Put together by hand, since a JSON value goes out as it is stored. */
function resultJson(result: OperationResult): string {
  const { kind } = result;
  if (kind === "get") {
    return result.entry === undefined
      ? `{"get":{"found":false}}`
      : `{"get":${entryJson(result.entry)}}`;
  }
  const members = {
    ...(kind === "delete" ? { deleted: result.deleted } : expiresMember(result.deadlineMs)),
    ...(kind === "touch" ? { touched: result.touched } : {}),
    ...(kind === "increment" ? { value: String(result.value) } : {}),
  };
  const text = JSON.stringify(members);
  const previous = kind === "increment" ? undefined : result.previous;
  if (previous === undefined) return `{"${kind}":${text}}`;
  const head = text === "{}" ? "{" : `${text.slice(0, -1)},`;
  return `{"${kind}":${head}"previous":${entryJson(previous)}}}`;
}
