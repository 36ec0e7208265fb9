/** `kvdb serve`: reads the configuration and runs the server until it is told to stop. */

import type { Command } from "commander";

import { isKvError } from "../../base/index.js";
import { loadConfig } from "../config/load-config.js";
import { storeOptionsOf } from "../config/server-parts.js";
import type { Config } from "../config/settings.js";
import { EXIT_CODES, exitOfServerError, type Exit } from "../exit-codes.js";
import { letHeapGrow } from "../heap-growth.js";
import { describeError } from "./describe-error.js";
import { addServerOptions, serverSources } from "./server-options.js";
import { shellWord } from "./shell-word.js";

export function defineServe(command: Command, end: (exit: Exit) => void): void {
  addServerOptions(command)
    .addHelpText("after", "\nkvdb config print, given the same options, shows what is in force.")
    .action(async (options: Record<string, unknown>) => {
      const { config } = await loadConfig(serverSources(options));
      end(await runServer(config));
    });
}

async function runServer(config: Config): Promise<Exit> {
  letHeapGrow();
  const { openLogger } = await import("../logger.js");
  const { serve } = await import("../main.js");
  const { openLocalStore } = await import("../../kv/index.js");
  const logger = await openLogger(config);
  process.on("uncaughtException", (error) => {
    logger.error({ err: error }, "a fault of this program: ending at once");
    process.exit(EXIT_CODES.internal.code);
  });
  try {
    const exit = await serve({
      config,
      logger,
      openStore: (onFailure) => openLocalStore(storeOptionsOf(config, logger, onFailure)),
    });
    return endNow(exit);
  } catch (error) {
    process.stderr.write(`kvdb: ${describeStart(config, error)}\n`);
    return endNow(exitOfServerError(error));
  }
}

/** What failed has to do with the directory, unless it is the address. */
function describeStart(config: Config, error: unknown): string {
  const words = describeError(error);
  const isClear = isKvError(error, "ADDRESS_UNAVAILABLE") || words.includes(config.data);
  const line = isClear ? words : `cannot open ${config.data}: ${words}`;
  if (!isKvError(error, "CORRUPT")) return line;
  const data = shellWord(config.data);
  return (
    `${line}\nkvdb: \`kvdb verify ${data}\` tells all that is damaged, ` +
    `\`kvdb salvage ${data} NEW_DIRECTORY\` copies what is right`
  );
}

/** Ends without waiting for what may still be open, such as a connection of a caller that never hangs up. */
function endNow(exit: Exit): Exit {
  process.exitCode = EXIT_CODES[exit].code;
  setImmediate(() => process.exit());
  return exit;
}
