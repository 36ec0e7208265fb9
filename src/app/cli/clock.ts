/** `kvdb clock reset`: after a clock that was far ahead, brings a closed store's time mark back. */

import type { Command } from "commander";

import { SYSTEM_CLOCK, SILENT_LOGGER } from "../../base/index.js";
import { NodeFileSystem } from "../../disk/index.js";
import { exitOfServerError, type Exit } from "../exit-codes.js";
import { formatTime } from "../time-text.js";
import { addJson } from "./client-command.js";
import { describeError } from "./describe-error.js";
import { Printer } from "./printer.js";

interface ResetOptions {
  readonly data: string;
  readonly json?: true;
}

export function defineClock(command: Command, end: (exit: Exit) => void): void {
  const reset = command
    .command("reset")
    .description("Set the time mark of a closed store to what this machine's clock says")
    .requiredOption("-d, --data <dir>", "The data directory; no server may have it open");
  addJson(reset).action(async (options: ResetOptions) => {
    end(await resetMark(options));
  });
}

async function resetMark(options: ResetOptions): Promise<Exit> {
  const { resetClock } = await import("../../kv/index.js");
  try {
    const { beforeMs, afterMs } = await resetClock({
      fileSystem: new NodeFileSystem(),
      directory: options.data,
      clock: SYSTEM_CLOCK,
      logger: SILENT_LOGGER,
    });
    await new Printer({ json: options.json === true }).say(
      { before: formatTime(beforeMs), after: formatTime(afterMs) },
      `the time mark was ${formatTime(beforeMs)}, now it is ${formatTime(afterMs)}`,
    );
    return "ok";
  } catch (error) {
    process.stderr.write(`kvdb: ${describeError(error)}\n`);
    return exitOfServerError(error);
  }
}
