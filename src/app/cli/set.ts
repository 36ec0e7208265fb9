/** `kvdb set`: a value from the command line, from a file or from standard input. */

import { CommanderError, Option, type Command } from "commander";

import { KvError, MIB } from "../../base/index.js";
import { openInputFile } from "../../disk/index.js";
import type { ExpirationChoice, Store } from "../../kv/index.js";
import type { Exit } from "../exit-codes.js";
import { readBounded } from "../read-bounded.js";
import {
  addClientOptions,
  PATIENT,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import {
  addExpirationOptions,
  expiresMember,
  expiresWords,
  givenExpiration,
  type ExpirationOptions,
} from "./expiration-options.js";
import type { Printer } from "./printer.js";
import {
  addWriteOptions,
  givenWriteOptions,
  sayWritten,
  type GivenWriteOptions,
} from "./write-options.js";

/** More than any server takes by its settings; a bound on what is read before the server is asked. */
const VALUE_BYTES_MAX = 128 * MIB;

interface SetOptions extends ClientOptions, ExpirationOptions, GivenWriteOptions {
  readonly file?: string;
  readonly keepExpiration?: true;
  readonly contentType: string;
}

export function defineSet(command: Command, end: (exit: Exit) => void): void {
  command
    .argument("<key>", "The key")
    .argument("[value]", "The value; - reads it from standard input")
    .option("-f, --file <path>", "Take the value from a file, byte for byte")
    .option("--content-type <type>", "What the value is, such as application/json", "");
  const keep = new Option("--keep-expiration", "Keep the expiration that the key has");
  addWriteOptions(addExpirationOptions(command, keep));
  addClientOptions(command, SHORT_TIMEOUT).action(
    async (key: string, value: string | undefined, options: SetOptions) => {
      if ((value === undefined) === (options.file === undefined)) {
        throw usage("give the value, or - for standard input, or --file");
      }
      const bytes = await readValue(value, options.file);
      end(
        await withStore(options, (store, printer) => set(store, printer, { key, bytes, options })),
      );
    },
  );
}

interface SetWork {
  readonly key: string;
  readonly bytes: Buffer;
  readonly options: SetOptions;
}

async function set(store: Store, printer: Printer, work: SetWork): Promise<Exit> {
  const expiration: ExpirationChoice = givenExpiration(work.options) ?? {
    kind: work.options.keepExpiration === true ? "keep" : "none",
  };
  const { contentType } = work.options;
  const answer = await store.set(
    {
      key: Buffer.from(work.key),
      value: work.bytes,
      expiration,
      contentType,
      ...givenWriteOptions(work.options),
    },
    PATIENT,
  );
  const { revision, deadlineMs } = answer;
  await sayWritten(printer, answer, {
    object: { revision, ...expiresMember(deadlineMs) },
    line: `set, revision ${String(revision)}${expiresWords(deadlineMs)}`,
  });
  return "ok";
}

async function readValue(value: string | undefined, path: string | undefined): Promise<Buffer> {
  if (value !== undefined && value !== "-") return Buffer.from(value);
  const source = path === undefined ? process.stdin : (await openInputFile(path)).bytes;
  try {
    return await readBounded(source, VALUE_BYTES_MAX);
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    throw usage(`the value in ${path ?? "standard input"}: ${error.message}`);
  } finally {
    source.destroy();
  }
}

function usage(message: string): Error {
  process.stderr.write(`kvdb: ${message}\n`);
  return new CommanderError(2, "kvdb.usage", message);
}
