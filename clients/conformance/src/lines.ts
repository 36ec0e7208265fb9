/**
 * Lines of a stream, which end with a line feed and with nothing else: those of `node:readline` also end, by its version, with
 * characters that JSON leaves as they are.
 */

import type { Readable } from "node:stream";

/** Has `take` told of each line, the last one also where nothing ends it. */
export function eachLine(input: Readable, take: (line: string) => void): void {
  let rest = "";
  input.setEncoding("utf8");
  input.on("data", (text: string) => {
    const [first = "", ...others] = text.split("\n");
    rest += first;
    for (const next of others) {
      take(rest);
      rest = next;
    }
  });
  input.on("end", () => {
    if (rest !== "") take(rest);
  });
}
