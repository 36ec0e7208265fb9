/** Finds a tool that some tests can use and none needs: on the path, or where Go installs what it builds. */

import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The command, or undefined where it is not on this machine. `words` make it say something and end with 0. */
export async function findCommand(
  name: string,
  words: readonly string[],
): Promise<string | undefined> {
  for (const command of [name, join(homedir(), "go", "bin", name), join("/usr/sbin", name)]) {
    try {
      await run(command, words);
      return command;
    } catch {
      // Not here; perhaps at the next place.
    }
  }
  return undefined;
}
