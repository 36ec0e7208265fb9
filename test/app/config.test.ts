/** The layers of configuration, what each message names, and the document that describes it all. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { configAsMarkdown } from "../../src/app/config/config-text.js";
import { describeOrigin, loadConfig, type LoadedConfig } from "../../src/app/config/load-config.js";
import {
  environmentVariable,
  flagOf,
  SETTING_NAMES,
  SETTINGS,
  type SettingName,
} from "../../src/app/config/settings.js";
import { isKvError } from "../../src/base/index.js";
import { runKvdb } from "./run-kvdb.js";
import { withDirectory } from "./temporary-directory.js";

interface Layers {
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Partial<Record<SettingName, string>>>;
}

function load(layers: Layers): Promise<LoadedConfig> {
  return withDirectory(async (directory) => {
    const configPath = join(directory, "kvdb.yaml");
    if (layers.file !== undefined) await writeFile(configPath, layers.file);
    return loadConfig({
      configPath: layers.file === undefined ? undefined : configPath,
      environment: layers.environment ?? {},
      flags: new Map(Object.entries(layers.flags ?? {}) as [SettingName, string][]),
    });
  });
}

/** The problems that are found, the path of the file shortened to its name. */
async function problemsOf(layers: Layers): Promise<readonly string[]> {
  try {
    await load(layers);
  } catch (error) {
    if (!isKvError(error, "BAD_CONFIGURATION")) throw error;
    return error.message
      .split("\n")
      .map((line) => line.replaceAll(/[^\s(]*\/kvdb\.yaml/g, "kvdb.yaml"));
  }
  return [];
}

describe("the configuration", () => {
  it("has a default for every setting that its own rules allow", async () => {
    const { config, origins } = await load({});
    for (const name of SETTING_NAMES) {
      expect(SETTINGS[name].kind.parse(SETTINGS[name].default).kind, name).to.equal("value");
      expect(origins[name]).to.deep.equal({ kind: "default" });
    }
    expect(config["limits.key_bytes"]).to.equal(4096);
    expect(config["watch.retention"]).to.equal(600_000);
    expect(config["limits.keydir_bytes"]).to.be.at.least(16 * 1024 * 1024);
  });

  it("takes each layer over the one before, and knows which", async () => {
    const { config, origins } = await load({
      file: "listen: 127.0.0.1:1\nwatch:\n  retention: 1h\n  retention_bytes: 2 GiB\nlog.sample: 0.50\n",
      environment: { KVDB_WATCH_RETENTION: "2h", KVDB_LISTEN: "127.0.0.1:2", KVDB_ADDRESS: "x:1" },
      flags: { listen: "127.0.0.1:3" },
    });
    expect(config.listen.port).to.equal(3);
    expect(config["watch.retention"]).to.equal(7_200_000);
    expect(config["watch.retention_bytes"]).to.equal(2 * 1024 ** 3);
    expect(config["log.sample"]).to.equal(0.5);
    expect(describeOrigin(origins.listen)).to.equal("--listen");
    expect(describeOrigin(origins["watch.retention"])).to.equal("KVDB_WATCH_RETENTION");
    expect(describeOrigin(origins["watch.retention_bytes"])).to.match(/kvdb\.yaml:4$/);
    expect(describeOrigin(origins["log.sample"])).to.match(/kvdb\.yaml:5$/);
  });

  it("takes a bare 0 where nothing is meant", async () => {
    const { config } = await load({ file: "watch.retention: 0\ncompaction: { period: 0 }\n" });
    expect(config["watch.retention"]).to.equal(0);
    expect(config["compaction.period"]).to.equal(0);
  });

  const REFUSED: readonly (readonly [string, Layers, readonly RegExp[]])[] = [
    [
      "an unknown setting, with the nearest name",
      { file: "limits:\n  key_byte: 1 KiB\n" },
      [/^kvdb\.yaml:2: there is no setting limits\.key_byte; did you mean limits\.key_bytes\?$/],
    ],
    [
      "a value out of range, with where it stands and what is allowed",
      { file: "\nlimits.key_bytes: 5 MiB\n" },
      [/^limits\.key_bytes: "5 MiB" \(kvdb\.yaml:2\): allowed is from 1 B to 4 KiB$/],
    ],
    [
      "a value of the wrong kind in the environment",
      { environment: { KVDB_SEGMENT_BYTES: "large" } },
      [/^segment\.bytes: "large" \(KVDB_SEGMENT_BYTES\): expected a size/],
    ],
    [
      "an unknown variable of our prefix",
      { environment: { KVDB_LISTENN: "127.0.0.1:1" } },
      [/^KVDB_LISTENN .*did you mean KVDB_LISTEN\?$/],
    ],
    [
      "an empty value",
      { environment: { KVDB_DATA: "" } },
      [/^data: "" \(KVDB_DATA\): expected the path of a directory$/],
    ],
    [
      "a setting that stands twice",
      { file: "watch:\n  retention: 1h\nwatch.retention: 2h\n" },
      [/^kvdb\.yaml:3: watch\.retention is set already at kvdb\.yaml:2$/],
    ],
    [
      "a list for a value",
      { file: "listen: [a, b]\n" },
      [/^kvdb\.yaml:1: listen: expected one value/],
    ],
    ["a setting without a value", { file: "listen:\n" }, [/^kvdb\.yaml:1: listen has no value$/]],
    [
      "a file that is no map",
      { file: "- listen\n" },
      [/^kvdb\.yaml:1: expected a map of settings/],
    ],
    ["a file that is not YAML", { file: 'listen: "a\n' }, [/^kvdb\.yaml:\d: /]],
    [
      "every problem at once",
      { file: "log.level: loud\n", flags: { "log.sample": "2", insecure: "maybe" } },
      [
        /^insecure: "maybe" \(--insecure\): expected true or false$/,
        /^log\.level: "loud" \(kvdb\.yaml:1\): expected one of debug, info, warn, error$/,
        /^log\.sample: "2" \(--log-sample\): allowed is from 0 to 1$/,
      ],
    ],
    [
      "an address that others can reach, unless that is accepted",
      { flags: { listen: "0.0.0.0:1" } },
      [/^listen: 0\.0\.0\.0:1 can be reached from other machines.*--insecure$/],
    ],
    [
      "a message limit without room for a value",
      { flags: { "limits.value_bytes": "4 MiB" } },
      [/^limits\.message_bytes: 4 MiB has no room/, /^limits\.transaction_bytes: 4 MiB is less/],
    ],
    [
      "a grace that is not shorter than the whole stop",
      { flags: { "shutdown.grace": "30s" } },
      [/^shutdown\.grace: must be shorter/],
    ],
  ];
  for (const [what, layers, expected] of REFUSED) {
    it(`refuses ${what}`, async () => {
      const problems = await problemsOf(layers);
      expect(problems).to.have.lengthOf(expected.length);
      expected.forEach((pattern, index) => {
        expect(problems[index]).to.match(pattern);
      });
    });
  }

  it("names a file that is not there", async () => {
    const outcome = loadConfig({
      configPath: "/nowhere/k.yaml",
      environment: {},
      flags: new Map(),
    });
    const error: unknown = await outcome.catch((thrown: unknown) => thrown);
    expect(String(error)).to.include("/nowhere/k.yaml: no such file or directory");
  });

  it("accepts an open address when it is told to, and what Kubernetes leaves in the environment", async () => {
    const environment = { KVDB_PORT: "tcp://10.0.0.1:50051", KVDB_SERVICE_HOST: "10.0.0.1" };
    const { config } = await load({ environment, flags: { listen: "[::]:1", insecure: "true" } });
    expect(config.listen.host).to.equal("::");
  });

  it("gives every setting a variable and a flag of its own", () => {
    expect(new Set(SETTING_NAMES.map(environmentVariable)).size).to.equal(SETTING_NAMES.length);
    expect(new Set(SETTING_NAMES.map(flagOf)).size).to.equal(SETTING_NAMES.length);
    expect(environmentVariable("limits.key_bytes")).to.equal("KVDB_LIMITS_KEY_BYTES");
    expect(flagOf("limits.key_bytes")).to.equal("--limits-key-bytes");
  });
});

describe("kvdb config", function () {
  // Processes are started, and a busy machine starts them slowly.
  this.timeout(60_000);

  it("prints YAML that means the same, with the origin of each line", async () => {
    const first = await runKvdb(["config", "print", "--watch-retention", "90s"], {
      env: { KVDB_LOG_LEVEL: "warn" },
    });
    expect(first.code).to.equal(0);
    expect(first.stdout).to.match(/^watch\.retention: 1m30s +# --watch-retention$/m);
    expect(first.stdout).to.match(/^log\.level: warn +# KVDB_LOG_LEVEL$/m);
    await withDirectory(async (directory) => {
      const path = join(directory, "printed.yaml");
      await writeFile(path, first.stdout);
      const second = await runKvdb(["config", "print", "--config", path]);
      const values = (text: string): string => text.replaceAll(/ +# .*$/gm, "");
      expect(values(second.stdout)).to.equal(values(first.stdout));
    });
  });

  it("prints JSON in bytes and milliseconds", async () => {
    const { stdout } = await runKvdb(["config", "print", "--json", "--insecure"]);
    const printed = JSON.parse(stdout) as Record<string, unknown>;
    expect(Object.keys(printed)).to.deep.equal(SETTING_NAMES);
    expect(printed["segment.bytes"]).to.deep.equal({
      value: 67_108_864,
      text: "64 MiB",
      origin: { kind: "default" },
    });
    expect(printed["insecure"]).to.deep.equal({
      value: true,
      text: "true",
      origin: { kind: "flag", flag: "--insecure" },
    });
  });

  it("ends with 10 and a line for each problem", async () => {
    const { code, stderr, stdout } = await runKvdb(["config", "print", "--log-sample", "x"], {
      env: { KVDB_CACHE_BYTES: "1" },
    });
    expect(code).to.equal(10);
    expect(stdout).to.equal("");
    expect(stderr.trim().split("\n")).to.have.lengthOf(2);
    expect(stderr).to.match(/^kvdb: log\.sample: "x" \(--log-sample\)/m);
    expect(stderr).to.match(/^kvdb: cache\.bytes: "1" \(KVDB_CACHE_BYTES\)/m);
  });

  it("is described by docs/configuration.md, which is as the table says", async () => {
    expect(await readFile("docs/configuration.md", "utf8")).to.equal(configAsMarkdown());
    const { stdout } = await runKvdb(["config", "reference"]);
    expect(stdout).to.equal(configAsMarkdown());
  });
});
