/** A flag for every setting of the server, made from the table of settings. */

import { Option, type Command } from "commander";

import type { ConfigSources } from "../config/load-config.js";
import { flagOf, SETTING_NAMES, SETTINGS, type SettingName } from "../config/settings.js";

export function addServerOptions(command: Command): Command {
  command.option("-c, --config <file>", "A YAML file of settings (KVDB_CONFIG)");
  for (const name of SETTING_NAMES) {
    const { kind, default: defaultText, meaning } = SETTINGS[name];
    const argument = kind.isSwitch ? `[true|false]` : `<${kind.noun.replaceAll(" ", "-")}>`;
    command.addOption(
      new Option(`${flagOf(name)} ${argument}`, `${meaning} (default: ${defaultText})`),
    );
  }
  return command;
}

/** What was given, as texts; reading them is the configuration's business, which knows their origins. */
export function serverSources(options: Readonly<Record<string, unknown>>): ConfigSources {
  const flags = new Map<SettingName, string>();
  for (const name of SETTING_NAMES) {
    const given = options[new Option(flagOf(name)).attributeName()];
    if (typeof given === "string") flags.set(name, given);
    // A switch that stands alone has no text.
    else if (given === true) flags.set(name, "true");
  }
  const configPath = options["config"];
  return {
    configPath: typeof configPath === "string" ? configPath : undefined,
    environment: process.env,
    flags,
  };
}
