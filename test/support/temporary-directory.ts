/** A directory of the real disk that is gone when the test is over, however it ends. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function withTemporaryDirectory<T>(run: (path: string) => Promise<T>): Promise<T> {
  const path = await makeTemporaryDirectory();
  try {
    return await run(path);
  } finally {
    await removeDirectory(path);
  }
}

/** For tests that span hooks; whoever calls it removes it. */
export function makeTemporaryDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), "kvdb-test-"));
}

export function removeDirectory(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
