/** The figures of the bench are right, and what was not seen to succeed is not among them. */

import { expect } from "chai";

import { grpcFrame, grpcFrameBytes } from "../../bench/grpc-frame.js";
import type { LoadResult, Shape } from "../../bench/h2load.js";
import { problemOf, type Measurement } from "../../bench/measure.js";
import { percentile, spreadOf } from "../../bench/statistics.js";
import { summarize } from "../../bench/summary.js";

const SHAPE: Shape = { connections: 8, streams: 16 };

const LOAD: LoadResult = {
  requests: 100,
  answered: 100,
  durationMs: 1000,
  ratePerSecond: 100,
  p50Micros: 10,
  p99Micros: 20,
  dataBytes: 1500,
};

function measurement(more: Partial<Measurement>): Measurement {
  return {
    peer: "keyvaluedb",
    round: 1,
    work: "Set",
    shape: SHAPE,
    requests: 100,
    ratePerSecond: 100,
    p50Micros: 10,
    p99Micros: 20,
    cpuMicrosPerOperation: 40,
    othersCpuRatio: 0,
    residentBytes: 1,
    problem: undefined,
    ...more,
  };
}

describe("the figures of the bench", () => {
  it("takes percentiles by nearest rank", () => {
    const samples = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(samples, 0.5)).to.equal(50);
    expect(percentile(samples, 0.99)).to.equal(99);
    expect(percentile(Float64Array.of(7), 0.5)).to.equal(7);
  });

  it("takes medians of odd and of even numbers of values", () => {
    expect(spreadOf([3, 1, 2])).to.deep.equal({ median: 2, min: 1, max: 3 });
    expect(spreadOf([4, 1, 2, 3])).to.deep.equal({ median: 2.5, min: 1, max: 4 });
  });

  it("frames a message as gRPC does", () => {
    expect(grpcFrame(Buffer.from("ab")).toString("hex")).to.equal("00000000026162");
    expect(grpcFrameBytes(2)).to.equal(7);
  });

  describe("count a measurement", () => {
    it("when the server's count or the replies' bytes show that all succeeded", () => {
      expect(problemOf(LOAD, { count: 100, replyBytes: undefined })).to.equal(undefined);
      expect(problemOf(LOAD, { count: undefined, replyBytes: 10 })).to.equal(undefined);
      expect(problemOf(LOAD, { count: 100, replyBytes: 10 })).to.equal(undefined);
    });

    it("and not otherwise", () => {
      const unseen = { count: undefined, replyBytes: undefined };
      expect(problemOf(LOAD, unseen)).to.match(/nothing shows/);
      expect(problemOf(LOAD, { count: 99, replyBytes: 10 })).to.match(/99 successes of 100/);
      expect(problemOf(LOAD, { count: 101, replyBytes: 10 })).to.match(/101 successes of 100/);
      expect(problemOf(LOAD, { count: 100, replyBytes: 11 })).to.match(/1500 bytes/);
      const unanswered = { ...LOAD, answered: 99 };
      expect(problemOf(unanswered, { count: 100, replyBytes: 10 })).to.match(/only 99 of 100/);
    });
  });

  it("compares rates within a round only, and leaves out what does not count", () => {
    const rows = summarize(
      [
        measurement({ round: 1, ratePerSecond: 100 }),
        measurement({ round: 1, ratePerSecond: 50, peer: "etcd" }),
        measurement({ round: 2, ratePerSecond: 300 }),
        measurement({ round: 2, ratePerSecond: 100, peer: "etcd" }),
        measurement({ round: 3, ratePerSecond: 900, problem: "it failed" }),
        measurement({ round: 3, ratePerSecond: 100, peer: "etcd" }),
        measurement({ round: 1, ratePerSecond: 7, work: "Get" }),
      ],
      [SHAPE],
      ["keyvaluedb", "ceiling", "etcd"],
    );
    expect(rows.map(({ work, peer }) => [work, peer])).to.deep.equal([
      ["Set", "keyvaluedb"],
      ["Set", "etcd"],
      ["Get", "keyvaluedb"],
    ]);
    const [ours, etcd, get] = rows;
    expect(ours).to.include({ counted: 2, made: 3 });
    expect(ours?.ratePerSecond).to.deep.equal({ median: 200, min: 100, max: 300 });
    expect(ours?.rateToEtcd).to.deep.equal({ median: 2.5, min: 2, max: 3 });
    expect(ours?.rateToCeiling).to.equal(undefined);
    expect(etcd?.rateToEtcd).to.equal(undefined);
    expect(get?.rateToEtcd).to.equal(undefined);
  });
});
