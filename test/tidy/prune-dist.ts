/**
 * Removes from dist/ what an earlier build left of sources that are gone. The compiler never does, and
 * a test whose source was removed would go on being run.
 */

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const DIST = "dist";

/** What the compiler makes of `name.ts`. */
const OUTPUT_ENDING = /\.(?:js|js\.map|d\.ts)$/;

for (const entry of readdirSync(DIST, { recursive: true, encoding: "utf8" })) {
  if (!OUTPUT_ENDING.test(entry)) continue;
  if (!existsSync(entry.replace(OUTPUT_ENDING, ".ts"))) rmSync(join(DIST, entry));
}
