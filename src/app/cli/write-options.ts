/** The options of commands that write: what must be so, what to answer, and under which id to try again. */

import { InvalidArgumentError, Option, type Command } from "commander";

import { revision } from "../../base/index.js";
import type { Check, Entry, RequestOption, WriteOptions } from "../../kv/index.js";
import { entryJson } from "./entry-json.js";
import type { Printer } from "./printer.js";

export interface RequestIdOptions {
  readonly requestId?: string;
}

export interface GivenWriteOptions extends RequestIdOptions {
  readonly ifExists?: true;
  readonly ifAbsent?: true;
  readonly ifRevision?: number;
  readonly ifValue?: string;
  readonly previous?: true;
}

const CONDITIONS = ["ifExists", "ifAbsent", "ifRevision", "ifValue"] as const;

export function addWriteOptions(command: Command): Command {
  const excludingOthers = (name: (typeof CONDITIONS)[number], option: Option): Option =>
    option.conflicts(CONDITIONS.filter((other) => other !== name));
  return addRequestId(
    command
      .addOption(
        excludingOthers("ifExists", new Option("--if-exists", "Only if there is such a key")),
      )
      .addOption(
        excludingOthers("ifAbsent", new Option("--if-absent", "Only if there is no such key")),
      )
      .addOption(
        excludingOthers(
          "ifRevision",
          new Option(
            "--if-revision <n>",
            "Only if this is the key's revision; 0: if it is absent",
          ).argParser(revisionOption),
        ),
      )
      .addOption(
        excludingOthers("ifValue", new Option("--if-value <value>", "Only if this is its value")),
      )
      .option("--previous", "Print the entry as it was before, too"),
  );
}

export function addRequestId(command: Command): Command {
  return command.option(
    "--request-id <id>",
    "Do this once, however often it is run with the same id and words",
  );
}

export function givenWriteOptions(
  options: GivenWriteOptions,
): WriteOptions & { readonly returnPrevious?: boolean } {
  const precondition = checkOf(options);
  return {
    ...givenRequestId(options),
    ...(precondition === undefined ? {} : { precondition }),
    ...(options.previous === true ? { returnPrevious: true } : {}),
  };
}

export function givenRequestId({ requestId }: RequestIdOptions): RequestOption {
  return requestId === undefined ? {} : { requestId };
}

function checkOf({
  ifExists,
  ifAbsent,
  ifRevision,
  ifValue,
}: GivenWriteOptions): Check | undefined {
  if (ifExists === true) return { kind: "exists", exists: true };
  if (ifAbsent === true) return { kind: "exists", exists: false };
  if (ifRevision !== undefined) return { kind: "revision", revision: revision(ifRevision) };
  return ifValue === undefined ? undefined : { kind: "value", value: Buffer.from(ifValue) };
}

function revisionOption(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("Expected a revision, a whole number from 0 on.");
}

/** What a write answers, beside what it did. */
export interface WriteAnswer {
  readonly replayed?: true;
  readonly previous?: Entry;
}

/**
 * Prints what a write did. The previous entry, where it was asked for and there was one, is a line of its own:
 * as `kvdb get --json` prints it.
 */
export async function sayWritten(
  printer: Printer,
  { replayed, previous }: WriteAnswer,
  { object, line }: { readonly object: object; readonly line: string },
): Promise<void> {
  const mark = replayed === true ? { replayed } : {};
  const words = replayed === true ? " (done before, under this request id)" : "";
  if (previous === undefined) {
    await printer.say({ ...object, ...mark }, `${line}${words}`);
    return;
  }
  // Put together by hand, since a JSON value goes out as it is stored.
  const head = JSON.stringify({ ...object, ...mark }).slice(0, -1);
  if (printer.json) await printer.write(`${head},"previous":${entryJson(previous)}}\n`);
  else {
    await printer.write(`${line}${words}\nbefore: ${printer.safe(entryJson(previous))}\n`);
  }
}
