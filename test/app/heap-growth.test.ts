/** A server lets its heap grow to seven times what is alive before all of it is marked again, unless whoever starts it says otherwise. */

import { spawnSync } from "node:child_process";

import { expect } from "chai";

const HEAP_GROWTH = new URL("../../src/app/heap-growth.js", import.meta.url).href;

/** Node.js itself has some four more. */
const ALIVE_MB = 12;

/** Has so much alive in the old part, then lets the heap grow until V8 marks it, which it tells with the limit that it has then. */
const PROGRAM = `
  import { letHeapGrow } from ${JSON.stringify(HEAP_GROWTH)};
  letHeapGrow();
  const megabyte = () => Array.from({ length: 1 << 17 }, (_, index) => index + 0.5);
  const alive = Array.from({ length: ${String(ALIVE_MB)} }, megabyte);
  globalThis.gc();
  console.log("from here on");
  for (let count = 0; count < 150; count += 1) {
    alive.push(megabyte());
    await new Promise((resolve) => setImmediate(resolve));
  }
`;

/** Megabytes that the heap might have when it was marked for the first time, as V8 says when it begins. */
function limitMb(flags: readonly string[]): number {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...["--expose-gc", "--trace-incremental-marking", "--max-old-space-size=2000", ...flags],
      ...["--input-type=module", "--eval", PROGRAM],
    ],
    { encoding: "utf8" },
  );
  expect(stderr).to.equal("");
  const [, after = ""] = stdout.split("from here on");
  return Number(/v8: \d+MB \/ (?:\d+MB \/ )?(\d+)MB \/ \d+MB global/u.exec(after)?.[1]);
}

describe("the heap of a server", function () {
  this.timeout(60_000);

  it("may grow to seven times what is alive", () => {
    expect(limitMb([])).to.be.within(7 * ALIVE_MB, 12 * ALIVE_MB);
  });

  it("grows as whoever starts it says", () => {
    expect(limitMb(["--heap-growing-percent=100"])).to.be.within(2 * ALIVE_MB, 4 * ALIVE_MB);
    expect(limitMb(["--heap-growing-percent=0"])).to.be.below(6 * ALIVE_MB);
    expect(limitMb(["--heap_growing_percent=200"])).to.be.within(3 * ALIVE_MB, 6 * ALIVE_MB);
  });
});
