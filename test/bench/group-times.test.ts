/** Times of a profile, added up by where they were spent. */

import { expect } from "chai";

import { groupTimes } from "../../bench/profile/group-times.js";

describe("the time of a profile", () => {
  it("is told by floor, a call, within the span alone, without what was idle", () => {
    const node = (id: number, functionName: string, url = "") => ({
      id,
      callFrame: { functionName, url },
    });
    const profile = {
      nodes: [
        node(1, "(idle)"),
        node(2, "take", "file:///x/dist/src/http2/http2-streams.js"),
        node(3, "answer", "file:///x/dist/src/http2/http2-stream.js"),
        node(4, "writeBuffer"),
        node(5, "(garbage collector)"),
        node(6, "decode", "file:///x/dist/generated/keyvaluedb/v1/types.js"),
        node(7, "emit", "node:events"),
      ],
      samples: [2, 2, 3, 1, 4, 5, 6, 7, 2],
      timeDeltas: [10, 20, 30, 1000, 40, 6, 8, 2, 100],
      startTime: 5000,
    };
    const groups = groupTimes(profile, { startMicros: 5020, endMicros: 6120 }, 10);
    expect(groups).to.deep.equal([
      { group: "src/http2", microsPerCall: 5 },
      { group: "writing to sockets", microsPerCall: 4 },
      { group: "libraries, generated", microsPerCall: 0.8 },
      { group: "collecting garbage", microsPerCall: 0.6 },
      { group: "Node.js and V8", microsPerCall: 0.2 },
    ]);
  });
});
