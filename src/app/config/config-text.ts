/** The configuration in writing: as it is in force, and as docs/configuration.md describes it. */

import { describeOrigin, type LoadedConfig } from "./load-config.js";
import {
  environmentVariable,
  flagOf,
  SETTING_NAMES,
  SETTINGS,
  type Config,
  type SettingName,
} from "./settings.js";

/** A YAML file that says the same, each line with where its value came from. */
export function configAsYaml(loaded: LoadedConfig): string {
  const lines = SETTING_NAMES.map((name) => `${name}: ${valueText(loaded.config, name)}`);
  const width = Math.max(...lines.map((line) => line.length));
  return SETTING_NAMES.map((name, index) => {
    const origin = describeOrigin(loaded.origins[name]);
    return `${(lines[index] ?? "").padEnd(width)}  # ${origin}\n`;
  }).join("");
}

/** One object by setting name: the value as it is counted (bytes, milliseconds), as written, its origin. */
export function configAsJson(loaded: LoadedConfig): string {
  const members = SETTING_NAMES.map((name) => [
    name,
    {
      value: name === "listen" ? valueText(loaded.config, name) : loaded.config[name],
      text: valueText(loaded.config, name),
      origin: loaded.origins[name],
    },
  ]);
  return `${JSON.stringify(Object.fromEntries(members), null, 2)}\n`;
}

/** docs/configuration.md, whole. */
export function configAsMarkdown(): string {
  const rows = SETTING_NAMES.map((name) => {
    const { kind, default: defaultText } = SETTINGS[name];
    return `| [${name}](#${anchor(name)}) | ${kind.noun} | \`${defaultText}\` |`;
  });
  const sections = SETTING_NAMES.map((name) => {
    const { kind, default: defaultText, meaning, price } = SETTINGS[name];
    return [
      `### ${name}`,
      "",
      meaning,
      "",
      price,
      "",
      `- Kind: ${kind.noun}, ${kind.allowed}`,
      `- Default: \`${defaultText}\``,
      `- Environment: \`${environmentVariable(name)}\` · flag: \`${flagOf(name)}\``,
      "",
    ].join("\n");
  });
  return [
    INTRODUCTION,
    "| setting | kind | default |",
    "|---|---|---|",
    ...rows,
    "",
    ...sections,
  ].join("\n");
}

const INTRODUCTION = `# Configuration

<!-- Made from src/app/config/settings.ts by \`kvdb config reference\`; a test holds it to that. -->

\`kvdb serve\` takes its settings from four places, each over the one before:

1. the defaults below;
2. a YAML file, named by \`--config FILE\` or by \`KVDB_CONFIG\`;
3. the environment: \`watch.retention\` is \`KVDB_WATCH_RETENTION\`;
4. flags: \`watch.retention\` is \`--watch-retention\`.

\`\`\`yaml
listen: 127.0.0.1:50051
data: /var/lib/kvdb
watch:
  retention: 1h
limits.value_bytes: 256 KiB
\`\`\`

In the file a setting may stand under its group or with its whole name. An unknown setting is refused,
with the name that is nearest, and so is an unknown variable that begins with \`KVDB_\` (but not those
that Kubernetes makes for a service of that name). Every problem is reported with the setting, its
value, where it stands and what is allowed, and the program ends with exit code 10.

\`kvdb config print\` takes what \`kvdb serve\` takes, and shows the result: each setting, its value and
where it came from. With \`--json\` sizes are in bytes and durations in milliseconds.

Sizes are written \`64 MiB\`, \`4KiB\`, \`1 GB\` or as bytes; durations \`30s\`, \`1h30m\`, \`500ms\`, \`1d\` or
\`0\`; ratios \`0.4\`; switches \`true\` or \`false\`, where a flag alone means \`true\`.

## Settings
`;

function valueText(config: Config, name: SettingName): string {
  // The table's own row wrote this value, so its kind can write it again.
  const format = SETTINGS[name].kind.format as (value: unknown) => string;
  return format(config[name]);
}

/** How the usual renderers of Markdown name a heading: in small letters, without dots. */
function anchor(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "");
}
