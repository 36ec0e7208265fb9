/**
 * A process that serves the model store as `kvdb serve` serves a real one, with a fault on request: the
 * first argument is the configuration as YAML, the second names the fault.
 */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { loadConfig } from "../../src/app/config/load-config.js";
import { EXIT_CODES } from "../../src/app/exit-codes.js";
import { openLogger } from "../../src/app/logger.js";
import { serve } from "../../src/app/main.js";
import { KvError, SYSTEM_CLOCK } from "../../src/base/index.js";
import type { Store } from "../../src/kv/store.js";
import { ModelStore } from "../support/model-store.js";
import { withDirectory } from "./temporary-directory.js";

const [, , yaml = "", fault = "none"] = process.argv;

/** Opens the model; `slow-open` waits for SIGUSR2 first. */
async function openModel(onFailure: (error: KvError) => void): Promise<Store> {
  if (fault === "slow-open") {
    await new Promise<void>((resolve) => process.once("SIGUSR2", resolve));
  }
  const model = new ModelStore({ clock: SYSTEM_CLOCK });
  const refuse = (): void => {
    onFailure(new KvError("STORAGE_FAILED", "the disk refused a write"));
  };
  process.once("SIGUSR2", refuse);
  if (fault === "stuck-close") model.close = () => new Promise<void>(() => undefined);
  if (fault === "refusing-close") {
    const close = model.close.bind(model);
    model.close = async () => {
      refuse();
      await close();
    };
  }
  return model;
}

const { config } = await withDirectory(async (directory) => {
  const configPath = join(directory, "kvdb.yaml");
  await writeFile(configPath, yaml);
  return loadConfig({ configPath, environment: {}, flags: new Map() });
});
const exit = await serve({ config, logger: await openLogger(config), openStore: openModel });
process.exit(EXIT_CODES[exit].code);
