/**
 * The list of commands. Each lives in a file of its own that is loaded only when it is named, so that a
 * short command starts fast.
 */

import { Command, CommanderError } from "commander";

import { exitCodeTable, exitOfClientError, type Exit } from "../exit-codes.js";
import { packageVersion } from "../version.js";
import { checkCommandLine } from "./command-line.js";
import { describeError } from "./describe-error.js";
import { asksForVersion, printVersion } from "./version.js";

/** Gives a command its options, its arguments and what it does. */
export type Define = (command: Command, end: (exit: Exit) => void) => void;

interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Define>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "serve",
    summary: "Run a server over a data directory",
    load: async () => (await import("./serve.js")).defineServe,
  },
  {
    name: "get",
    summary: "Print the value of a key",
    load: async () => (await import("./get.js")).defineGet,
  },
  {
    name: "set",
    summary: "Set a key to a value",
    load: async () => (await import("./set.js")).defineSet,
  },
  {
    name: "delete",
    summary: "Delete a key",
    load: async () => (await import("./delete.js")).defineDelete,
  },
  {
    name: "touch",
    summary: "Change when a key expires, and nothing else of it",
    load: async () => (await import("./touch.js")).defineTouch,
  },
  {
    name: "increment",
    summary: "Add to a number that a key holds",
    load: async () => (await import("./increment.js")).defineIncrement,
  },
  {
    name: "txn",
    summary: "Do several operations at once, if conditions hold",
    load: async () => (await import("./txn.js")).defineTxn,
  },
  {
    name: "list",
    summary: "List keys in order, or count them",
    load: async () => (await import("./list.js")).defineList,
  },
  {
    name: "watch",
    summary: "Follow what happens to keys",
    load: async () => (await import("./watch.js")).defineWatch,
  },
  {
    name: "scan",
    summary: "Print entries of one revision that a filter matches",
    load: async () => (await import("./scan.js")).defineScan,
  },
  {
    name: "versions",
    summary: "Print the versions of a key that are kept",
    load: async () => (await import("./versions.js")).defineVersions,
  },
  {
    name: "watch-expirations",
    summary: "Follow the keys that expire",
    load: async () => (await import("./watch-expirations.js")).defineWatchExpirations,
  },
  {
    name: "snapshot",
    summary: "Write a snapshot into the server's data directory",
    load: async () => (await import("./snapshot.js")).defineSnapshot,
  },
  {
    name: "snapshots",
    summary: "List or delete snapshots",
    load: async () => (await import("./snapshots.js")).defineSnapshots,
  },
  {
    name: "compact",
    summary: "Give back the space of what is superseded",
    load: async () => (await import("./compact.js")).defineCompact,
  },
  {
    name: "status",
    summary: "Show what the server says of itself",
    load: async () => (await import("./status.js")).defineStatus,
  },
  {
    name: "import",
    summary: "Set the keys of a JSON Lines file",
    load: async () => (await import("./import.js")).defineImport,
  },
  {
    name: "export",
    summary: "Write keys and values to a JSON Lines file",
    load: async () => (await import("./export.js")).defineExport,
  },
  {
    name: "restore",
    summary: "Build a new data directory from a snapshot",
    load: async () => (await import("./restore.js")).defineRestore,
  },
  {
    name: "verify",
    summary: "Read all data of a server, or of a closed store, and tell what is damaged",
    load: async () => (await import("./verify.js")).defineVerify,
  },
  {
    name: "salvage",
    summary: "Copy what is provably right out of a damaged store",
    load: async () => (await import("./salvage.js")).defineSalvage,
  },
  {
    name: "clock",
    summary: "Repair the time mark of a closed store",
    load: async () => (await import("./clock.js")).defineClock,
  },
  {
    name: "config",
    summary: "Show the configuration",
    load: async () => (await import("./config.js")).defineConfig,
  },
];

/** Does what the words say; resolves to how the process shall end. Never rejects. */
export async function runProgram(words: readonly string[]): Promise<Exit> {
  let exit: Exit = "ok";
  try {
    await checkCommandLine(words);
    if (asksForVersion(words)) {
      await printVersion(words);
      return exit;
    }
    const program = await buildProgram(words, (ending) => {
      exit = ending;
    });
    await program.parseAsync([...words], { from: "user" });
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? "ok" : "usage";
    process.stderr.write(`kvdb: ${describeError(error)}\n`);
    return exitOfClientError(error);
  }
}

export async function buildProgram(
  words: readonly string[],
  end: (exit: Exit) => void,
): Promise<Command> {
  const program = new Command("kvdb")
    .description("KeyValueDB: a persistent key-value store served over gRPC")
    .version(packageVersion(), "-V, --version", "Print the version; with --json, as JSON")
    .helpOption("-h, --help", "Print this help")
    .helpCommand("help [command]", "Print the help of a command")
    .showHelpAfterError("(kvdb --help says more)")
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, "kvdb: "));
      },
    })
    .addHelpText("after", `\nExit codes:\n${exitCodeTable()}`);
  for (const { name, summary, load } of COMMANDS) {
    // A command that is made this way inherits exitOverride and the rest.
    const command = program.command(name).description(summary);
    command.showHelpAfterError(`(kvdb ${name} --help says more)`);
    if (words.includes(name)) (await load())(command, end);
  }
  return program;
}
