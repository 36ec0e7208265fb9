/** The figures of the bench are right, and what was not seen to succeed is not among them. */

import { expect } from "chai";

import { grpcFrame, grpcFrameBytes } from "../../bench/grpc-frame.js";
import type { LoadResult, Shape } from "../../bench/h2load.js";
import { problemOf, type Measurement } from "../../bench/measure.js";
import { summarizePipelines } from "../../bench/pipeline/report.js";
import { pipelineProblemOf, type PipelineMeasurement } from "../../bench/pipeline/turn.js";
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

function pipelineMeasurement(more: Partial<PipelineMeasurement>): PipelineMeasurement {
  return {
    ...{ peer: "keyvaluedb", round: 1, work: "Set", operations: 100, ratePerSecond: 300 },
    ...{ p50Micros: 10, p99Micros: 20, cpuMicrosPerOperation: 4, loadCpuMicrosPerOperation: 2 },
    ...{ othersCpuRatio: 0, residentBytes: 1, problem: undefined },
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

  describe("of pipelines", () => {
    it("count only where every operation was answered right, and the server counts as many", () => {
      expect(pipelineProblemOf({ operations: 5, succeeded: 5 }, 5)).to.equal(undefined);
      expect(pipelineProblemOf({ operations: 5, succeeded: 4 }, 5)).to.include("only 4 of 5");
      expect(pipelineProblemOf({ operations: 5, succeeded: 5 }, 4)).to.include(
        "counts 4 successes",
      );
      expect(pipelineProblemOf({ operations: 5, succeeded: 5 }, 6)).to.include(
        "counts 6 successes",
      );
    });

    it("are medians, and ratios within a round", () => {
      const rows = summarizePipelines(
        [
          pipelineMeasurement({ round: 1, ratePerSecond: 300 }),
          pipelineMeasurement({ round: 1, peer: "redis", ratePerSecond: 100 }),
          pipelineMeasurement({ round: 2, ratePerSecond: 400 }),
          pipelineMeasurement({ round: 2, peer: "redis", ratePerSecond: 400 }),
          pipelineMeasurement({ round: 3, ratePerSecond: 900, problem: "it does not count" }),
        ],
        ["keyvaluedb", "redis"],
      );
      const [ours, theirs] = rows;
      expect(rows).to.have.lengthOf(2);
      expect(ours).to.deep.include({ peer: "keyvaluedb", counted: 2, made: 3 });
      expect(ours?.ratePerSecond).to.deep.equal({ median: 350, min: 300, max: 400 });
      expect(ours?.rateToRedis).to.deep.equal({ median: 2, min: 1, max: 3 });
      expect(ours?.rateToCeiling).to.equal(undefined);
      expect(theirs?.rateToRedis).to.equal(undefined);
    });
  });
});
