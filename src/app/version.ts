/** Which release this is, and of which commit, from the package that it came in. */

import { createRequire } from "node:module";

const load = createRequire(import.meta.url);

export function packageVersion(): string {
  // From dist/src/app/ this is the package's own directory.
  return textIn(load("../../../package.json"), "version") ?? "unknown";
}

/** What the package was made of. Undefined in a working copy, which may be anything. */
export function packageCommit(): string | undefined {
  try {
    // Written when the package is made: test/tidy/name-commit.js.
    return textIn(load("./build.json"), "commit");
  } catch {
    return undefined;
  }
}

function textIn(description: unknown, name: string): string | undefined {
  if (typeof description !== "object" || description === null) return undefined;
  const found = Object.entries(description).find(([key]) => key === name)?.[1] as unknown;
  return typeof found === "string" ? found : undefined;
}
