/** The checkpoints of a store on the disk in memory. */

import type { CrashDisk } from "./crash-disk.js";
import { DATA_DIRECTORY } from "./local-store.js";

export const CHECKPOINTS = `${DATA_DIRECTORY}/checkpoints`;

export async function checkpointsOf(disk: CrashDisk): Promise<readonly string[]> {
  return (await disk.exists(CHECKPOINTS)) ? disk.list(CHECKPOINTS) : [];
}

/** The next start reads the whole log. */
export async function removeCheckpoints(disk: CrashDisk): Promise<void> {
  for (const name of await checkpointsOf(disk)) await disk.unlink(`${CHECKPOINTS}/${name}`);
}
