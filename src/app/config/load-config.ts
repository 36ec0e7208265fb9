/**
 * Joins the layers of configuration, each over the one before: the defaults, the file, the environment,
 * the flags. The result has every setting, checked, with where it came from; or one error that names
 * every problem, a line each.
 */

import { KvError, present } from "../../base/index.js";
import { didYouMean } from "../nearest-name.js";
import { crossProblems } from "./cross-checks.js";
import {
  environmentVariable,
  flagOf,
  isSettingName,
  SETTING_NAMES,
  SETTINGS,
  type Config,
  type SettingName,
} from "./settings.js";

export type Origin =
  | { readonly kind: "default" }
  | { readonly kind: "file"; readonly path: string; readonly line: number }
  | { readonly kind: "environment"; readonly variable: string }
  | { readonly kind: "flag"; readonly flag: string };

export interface ConfigSources {
  /** Undefined: there is no file, unless KVDB_CONFIG names one. */
  readonly configPath: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: ReadonlyMap<SettingName, string>;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

interface Given {
  readonly text: string;
  readonly origin: Origin;
}

/** Variables of our prefix that are no settings: they speak to the client's commands, or name the file. */
const OTHER_VARIABLES: readonly string[] = ["KVDB_ADDRESS", "KVDB_CONFIG"];

/** Kubernetes puts these into every pod beside a service named `kvdb`; they are not meant for us. */
const SERVICE_LINK = /^KVDB_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT(_.*)?)$/;

/** Throws BAD_CONFIGURATION with every problem found. */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const given = new Map<SettingName, Given>();
  const problems: string[] = [];
  const path = sources.configPath ?? sources.environment["KVDB_CONFIG"];
  if (path !== undefined) await takeFile(path, given, problems);
  takeEnvironment(sources.environment, given, problems);
  for (const [name, text] of sources.flags) {
    given.set(name, { text, origin: { kind: "flag", flag: flagOf(name) } });
  }
  const loaded = parseAll(given, problems);
  if (problems.length === 0) problems.push(...crossProblems(loaded.config));
  if (problems.length > 0) throw new KvError("BAD_CONFIGURATION", problems.join("\n"));
  return loaded;
}

/** `the default`, `kvdb.yaml:3`, `KVDB_LISTEN`, `--listen`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "the default";
    case "file":
      return `${origin.path}:${String(origin.line)}`;
    case "environment":
      return origin.variable;
    case "flag":
      return origin.flag;
  }
}

async function takeFile(
  path: string,
  given: Map<SettingName, Given>,
  problems: string[],
): Promise<void> {
  // Without a file a server starts without what reads one, which takes it 50 ms to load.
  const { readConfigFile } = await import("./config-file.js");
  const content = await readConfigFile(path);
  problems.push(...content.problems);
  for (const { name, text, line } of content.settings) {
    const origin: Origin = { kind: "file", path, line };
    const before = isSettingName(name) ? given.get(name) : undefined;
    if (!isSettingName(name)) {
      const hint = didYouMean(name, SETTING_NAMES);
      problems.push(`${describeOrigin(origin)}: there is no setting ${name}${hint}`);
    } else if (before !== undefined) {
      problems.push(
        `${describeOrigin(origin)}: ${name} is set already at ${describeOrigin(before.origin)}`,
      );
    } else {
      given.set(name, { text, origin });
    }
  }
}

function takeEnvironment(
  environment: ConfigSources["environment"],
  given: Map<SettingName, Given>,
  problems: string[],
): void {
  const names = new Map(SETTING_NAMES.map((name) => [environmentVariable(name), name]));
  for (const [variable, text] of Object.entries(environment)) {
    if (text === undefined || !variable.startsWith("KVDB_")) continue;
    const name = names.get(variable);
    if (name !== undefined) {
      given.set(name, { text, origin: { kind: "environment", variable } });
    } else if (!OTHER_VARIABLES.includes(variable) && !SERVICE_LINK.test(variable)) {
      const hint = didYouMean(variable, [...names.keys(), ...OTHER_VARIABLES]);
      problems.push(`${variable} (environment): there is no setting of this name${hint}`);
    }
  }
}

function parseAll(given: ReadonlyMap<SettingName, Given>, problems: string[]): LoadedConfig {
  const values: Partial<Record<SettingName, unknown>> = {};
  const origins: Partial<Record<SettingName, Origin>> = {};
  for (const name of SETTING_NAMES) {
    const setting = SETTINGS[name];
    const { text, origin } = given.get(name) ?? {
      text: setting.default,
      origin: { kind: "default" },
    };
    const outcome = setting.kind.parse(text);
    origins[name] = origin;
    if (outcome.kind === "value") values[name] = outcome.value;
    else problems.push(describeProblem(name, present(given.get(name), "a text"), outcome.problem));
  }
  // Each value was read by the kind that its own row of the table names.
  return { config: values as Config, origins: origins as Record<SettingName, Origin> };
}

function describeProblem(name: SettingName, given: Given, problem: string): string {
  return `${name}: ${JSON.stringify(given.text)} (${describeOrigin(given.origin)}): ${problem}`;
}
