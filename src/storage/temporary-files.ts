/** The names under which this program writes what is not finished yet, and their removal at start. */

import { join } from "node:path";

import { TEMPORARY_SUFFIX, type FileSystem } from "../disk/index.js";
import { MANIFEST_NAME } from "../log/index.js";
import { checkpointNumberOf, CHECKPOINTS_DIRECTORY } from "./checkpoint-state.js";
import { SCRUB_NAME } from "./scrub-file.js";
import { SEGMENTS_DIRECTORY } from "./segment-table.js";
import { SNAPSHOTS_DIRECTORY, snapshotIdOf } from "./snapshot-format.js";

/** Which names are ours in each folder of a data directory, their suffix taken off. */
const FOLDERS: readonly (readonly [folder: string, isOurs: (name: string) => boolean])[] = [
  ["", (name) => name === MANIFEST_NAME || name === SCRUB_NAME],
  [SEGMENTS_DIRECTORY, (name) => isSegmentName(name) || /^spare-[a-z-]+-\d+$/.test(name)],
  [CHECKPOINTS_DIRECTORY, (name) => checkpointNumberOf(name) !== undefined],
  [SNAPSHOTS_DIRECTORY, (name) => snapshotIdOf(name) !== undefined],
];

export function isSegmentName(name: string): boolean {
  return /^\d{12,}\.seg$/.test(name);
}

/** Removes what an earlier process left unfinished. What has a name of someone else's making is kept. */
export async function removeTemporaryFiles(
  fileSystem: FileSystem,
  dataDirectory: string,
): Promise<void> {
  for (const [folder, isOurs] of FOLDERS) {
    const directory = join(dataDirectory, folder);
    for (const name of await fileSystem.list(directory)) {
      const isTemporary = name.endsWith(TEMPORARY_SUFFIX);
      if (!isTemporary || !isOurs(name.slice(0, -TEMPORARY_SUFFIX.length))) continue;
      await fileSystem.unlink(join(directory, name));
    }
  }
}
