/** `kvdb config print`: the settings in force and where each came from; `reference`: what they all are. */

import type { Command } from "commander";

import { configAsJson, configAsMarkdown, configAsYaml } from "../config/config-text.js";
import { loadConfig } from "../config/load-config.js";
import type { Exit } from "../exit-codes.js";
import { addJson } from "./client-command.js";
import { Printer } from "./printer.js";
import { addServerOptions, serverSources } from "./server-options.js";

export function defineConfig(command: Command, end: (exit: Exit) => void): void {
  const print = command
    .command("print")
    .description("Print what kvdb serve would run with, given the same options");
  addJson(addServerOptions(print)).action(async (options: Record<string, unknown>) => {
    const printer = new Printer({ json: options["json"] === true });
    const loaded = await loadConfig(serverSources(options));
    await printer.write(printer.json ? configAsJson(loaded) : configAsYaml(loaded));
    end("ok");
  });

  command
    .command("reference")
    .description("Print the description of every setting, in Markdown")
    .action(async () => {
      await new Printer({ json: false }).write(configAsMarkdown());
      end("ok");
    });
}
