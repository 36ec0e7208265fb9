/**
 * What the commands share that speak to a server: where it is, how long to wait, the form of the
 * output, and a store that is closed again whatever happens.
 */

import { Option, type Command } from "commander";

import type { RemoteStore } from "../../grpc/index.js";
import type { CallContext } from "../../kv/index.js";
import { exitOfClientError, type Exit } from "../exit-codes.js";
import { describeError } from "./describe-error.js";
import { addressOption, timeoutOption } from "./option-values.js";
import { Printer } from "./printer.js";

const DEFAULT_ADDRESS = "127.0.0.1:50051";

/** For calls that are answered from what is at hand, and for those that rewrite files. */
export const SHORT_TIMEOUT = "10s";
export const LONG_TIMEOUT = "1h";

/** A client that waits gives up by its deadline; nobody abandons its calls but itself. */
export const PATIENT: CallContext = { throwIfAbandoned: () => undefined };

export interface ClientOptions {
  readonly address: string;
  /** Milliseconds for each call. Absent where a command has no such option. */
  readonly timeout?: number;
  readonly json?: true;
}

export function addAddress(command: Command): Command {
  return command.addOption(
    new Option("-a, --address <host:port>", "Where the server is")
      .env("KVDB_ADDRESS")
      .default(DEFAULT_ADDRESS)
      .argParser(addressOption),
  );
}

export function addJson(command: Command): Command {
  return command.option("--json", "Print JSON, an object a line");
}

export function addClientOptions(command: Command, timeout: string): Command {
  return addJson(
    addAddress(command).addOption(
      new Option("--timeout <duration>", "Give up a call after this long")
        .default(timeoutOption(timeout), timeout)
        .argParser(timeoutOption),
    ),
  );
}

/** Runs `work` with a store; the exit is what it returns, or what its error stands for. */
export async function withStore(
  options: ClientOptions,
  work: (store: RemoteStore, printer: Printer) => Promise<Exit>,
): Promise<Exit> {
  const { connect } = await import("../../grpc/index.js");
  const store = connect({
    address: options.address,
    ...(options.timeout === undefined
      ? {}
      : { timeoutMs: options.timeout, jobTimeoutMs: options.timeout }),
  });
  try {
    return await work(store, new Printer({ json: options.json === true }));
  } catch (error) {
    process.stderr.write(`kvdb: ${describeError(error)}\n`);
    return exitOfClientError(error);
  } finally {
    await store.close();
  }
}
