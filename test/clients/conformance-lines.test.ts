/** Lines between the harness and an agent end where the protocol says, whatever else is in them. */

import { Readable } from "node:stream";
import { finished } from "node:stream/promises";

import { expect } from "chai";

import { eachLine } from "../../clients/conformance/src/lines.js";

describe("lines between the conformance run and an agent", () => {
  it("end with a line feed alone, wherever the stream is cut into parts", async () => {
    const lines = ["", "a\u2028b\u2029c\u0085d", "e\rf\u000bg", "\u{1f600}", "the last"];
    const whole = Buffer.from(lines.join("\n"));
    for (const length of [1, 2, 3, 7, whole.length]) {
      const parts = Array.from({ length: Math.ceil(whole.length / length) }, (_, index) =>
        whole.subarray(index * length, (index + 1) * length),
      );
      const input = Readable.from(parts, { objectMode: false });
      const told: string[] = [];
      eachLine(input, (line) => told.push(line));
      await finished(input);
      expect(told, `in parts of ${String(length)}`).to.deep.equal(lines);
    }
  });
});
