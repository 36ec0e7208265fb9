/** What people type: durations, sizes, times, addresses, and names with a slip in them. */

import { expect } from "chai";

import { formatAddress, isLoopback, parseAddress } from "../../src/app/address.js";
import { formatByteSize, parseByteSize, roundByteSize } from "../../src/app/byte-size.js";
import { latencyWords, methodWords } from "../../src/app/cli/latency-text.js";
import { formatDurationMs, parseDurationMs } from "../../src/app/duration.js";
import { nearestName } from "../../src/app/nearest-name.js";
import type { Parsed } from "../../src/app/parsed.js";
import { formatTime, parseTime } from "../../src/app/time-text.js";

describe("how long calls took, in words", () => {
  const latency = { windowMs: 60_999.6, count: 7, p50Ms: 0.03141, p99Ms: 27.18, p999Ms: 999.4 };
  const method = {
    ...{ method: "Set", callCount: 1, errorCount: 0, refusedCount: 0, latency: undefined },
    ...{ operationCount: 0, operationErrorCount: 0 },
  };

  it("has three digits, and seconds from a second on", () => {
    expect(latencyWords({ ...latency, maxMs: 999.6 })).to.equal(
      "p50 0.0314 ms, p99 27.2 ms, p99.9 999 ms, at most 1 s, of 7 in 61 s",
    );
    expect(latencyWords(undefined)).to.equal("none lately");
  });

  it("tells what went wrong where something did", () => {
    expect(methodWords(method)).to.equal("1 call");
    const some = { callCount: 9, errorCount: 1, refusedCount: 2 };
    expect(methodWords({ ...method, ...some })).to.equal("9 calls, 1 error, 2 refused");
    const pipeline = { ...method, operationCount: 30, operationErrorCount: 4 };
    expect(methodWords(pipeline)).to.equal("1 call, 30 operations, 4 of them with an error");
    expect(methodWords({ ...method, latency: { ...latency, maxMs: 2000 } })).to.match(
      /^1 call; p50 .*, at most 2 s, of 7 in 61 s$/u,
    );
  });
});

function valueOf<T>(outcome: Parsed<T>): T | string {
  return outcome.kind === "value" ? outcome.value : `problem: ${outcome.problem}`;
}

describe("durations", () => {
  const GOOD: readonly (readonly [string, number])[] = [
    ["30s", 30_000],
    ["1h30m", 5_400_000],
    ["500ms", 500],
    ["1d", 86_400_000],
    ["5 min", 300_000],
    ["1.5h", 5_400_000],
    ["0.1s", 100],
    ["0.3ms", 1],
    ["1d 2h 3m 4s 5ms", 93_784_005],
    ["0", 0],
    ["0s", 0],
  ];
  for (const [text, ms] of GOOD) {
    it(`reads ${text}`, () => {
      expect(valueOf(parseDurationMs(text))).to.equal(ms);
    });
  }

  for (const text of [
    "",
    "5",
    "s",
    "-5s",
    "1x",
    "5m5m",
    "1s2h",
    "1e3s",
    "30s later",
    "9999999999999d",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseDurationMs(text).kind).to.equal("problem");
    });
  }

  it("says of a bare number that it lacks its unit", () => {
    expect(valueOf(parseDurationMs("15"))).to.include("without a unit");
  });

  it("are written such that they read back the same", () => {
    for (const ms of [0, 1, 999, 1000, 90_000, 5_400_000, 86_400_000, 93_784_005]) {
      expect(valueOf(parseDurationMs(formatDurationMs(ms)))).to.equal(ms);
    }
    expect(formatDurationMs(90_000)).to.equal("1m30s");
  });
});

describe("sizes", () => {
  const GOOD: readonly (readonly [string, number])[] = [
    ["64 MiB", 67_108_864],
    ["4KiB", 4096],
    ["1 GB", 1e9],
    ["512", 512],
    ["512 b", 512],
    ["1.5 kib", 1536],
    ["0", 0],
  ];
  for (const [text, bytes] of GOOD) {
    it(`reads ${text}`, () => {
      expect(valueOf(parseByteSize(text))).to.equal(bytes);
    });
  }

  for (const text of ["", "MiB", "-1", "1 MiBs", "64 M", "0.3 B", "1 2", "1e6", "constructor"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseByteSize(text).kind).to.equal("problem");
    });
  }

  it("are written exactly, or rounded for reading", () => {
    expect(formatByteSize(65_536)).to.equal("64 KiB");
    expect(formatByteSize(65_537)).to.equal("65537 B");
    expect(formatByteSize(0)).to.equal("0 B");
    expect(roundByteSize(3_887_590)).to.equal("3.7 MiB");
    expect(roundByteSize(77)).to.equal("77 B");
  });
});

describe("times", () => {
  const GOOD: readonly (readonly [string, string])[] = [
    ["2030-01-31T12:00:00Z", "2030-01-31T12:00:00.000Z"],
    ["2030-01-31t13:00:00.5+01:00", "2030-01-31T12:00:00.500Z"],
    ["2030-01-31 11:00:00.0001-01:00", "2030-01-31T12:00:00.001Z"],
    ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ];
  for (const [text, utc] of GOOD) {
    it(`reads ${text}`, () => {
      const time = parseTime(text);
      expect(time.kind === "value" && formatTime(time.value)).to.equal(utc);
    });
  }

  for (const text of [
    "",
    "tomorrow",
    "2030-01-31",
    "2030-01-31T12:00:00",
    "2030-02-30T12:00:00Z",
    "2030-01-31T25:00:00Z",
    "2030-01-31T12:00:00+99:00",
    "1969-12-31T23:59:59Z",
    "9999-12-31T23:59:59.9999Z",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseTime(text).kind).to.equal("problem");
    });
  }
});

describe("addresses", () => {
  it("have a host and a port", () => {
    expect(valueOf(parseAddress("127.0.0.1:50051"))).to.deep.equal({
      host: "127.0.0.1",
      port: 50051,
    });
    expect(valueOf(parseAddress("[::1]:0"))).to.deep.equal({ host: "::1", port: 0 });
    expect(valueOf(parseAddress("db.example:1"))).to.deep.equal({ host: "db.example", port: 1 });
    expect(formatAddress({ host: "::1", port: 7 })).to.equal("[::1]:7");
  });

  for (const text of [
    "",
    "localhost",
    ":50051",
    "::1:50051",
    "a:65536",
    "256.0.0.1:1",
    "a b:1",
    "a:",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(parseAddress(text).kind).to.equal("problem");
    });
  }

  it("are loopback only if no other machine can reach them", () => {
    const judge = (host: string): boolean => isLoopback({ host, port: 1 });
    expect(["127.0.0.1", "127.9.9.9", "::1", "localhost"].map(judge)).to.not.include(false);
    expect(["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.example.org"].map(judge)).to.not.include(true);
  });
});

describe("the nearest name", () => {
  it("is the one with the fewest slips, if they are few", () => {
    const names = ["limits.key_bytes", "limits.value_bytes", "listen"];
    expect(nearestName("limits.key_byte", names)).to.equal("limits.key_bytes");
    expect(nearestName("Listn", names)).to.equal("listen");
    expect(nearestName("colour", names)).to.equal(undefined);
  });
});
