/** Which release this is, from the package that it came in. */

import { createRequire } from "node:module";

export function packageVersion(): string {
  // From dist/src/app/ this is the package's own directory.
  const description: unknown = createRequire(import.meta.url)("../../../package.json");
  if (typeof description !== "object" || description === null) return "unknown";
  return "version" in description ? String(description.version) : "unknown";
}
