/** What the wire makes of times and requests, judged field by field, without a server. */

import { expect } from "chai";

import {
  ListKeysRequest,
  SetRequest,
  TouchRequest,
  WatchExpirationsRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { DEFAULT_LIMITS, KvError, TIME_MS_MAX, timeMs } from "../../src/base/index.js";
import {
  toKey,
  toListKeysQuery,
  toSnapshotId,
  toWatchExpirationsQuery,
} from "../../src/grpc/convert-request.js";
import { toSetCommand, toTouchCommand } from "../../src/grpc/convert-write-request.js";
import {
  durationToMs,
  timestampToMs,
  toDuration,
  toMeasuredMs,
  toTimestamp,
} from "../../src/grpc/time.js";

const LIMITS = DEFAULT_LIMITS;

/** The field that the call says is wrong. */
function fieldOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    expect(error).to.be.an.instanceOf(KvError);
    const { code, message, metadata } = error as KvError;
    expect(code).to.equal("INVALID_FIELD");
    expect(message.startsWith(`${metadata.field ?? ""}: `), message).to.equal(true);
    return metadata.field;
  }
  throw new Error("the call went well, and should not have");
}

const set = (parts: Parameters<typeof SetRequest.fromPartial>[0]): unknown =>
  toSetCommand(SetRequest.fromPartial({ key: "k", ...parts }), LIMITS);
const touch = (parts: Parameters<typeof TouchRequest.fromPartial>[0]): unknown =>
  toTouchCommand(TouchRequest.fromPartial({ key: "k", ...parts }), LIMITS);
const list = (parts: Parameters<typeof ListKeysRequest.fromPartial>[0]): unknown =>
  toListKeysQuery(ListKeysRequest.fromPartial(parts), LIMITS);
const watch = (parts: Parameters<typeof WatchExpirationsRequest.fromPartial>[0]): unknown =>
  toWatchExpirationsQuery(WatchExpirationsRequest.fromPartial(parts), LIMITS);

describe("times on the wire", () => {
  it("rounds moments up to milliseconds, before 1970 too", () => {
    expect(timestampToMs({ seconds: 10, nanos: 0 }, "t")).to.equal(10_000);
    expect(timestampToMs({ seconds: 10, nanos: 1 }, "t")).to.equal(10_001);
    expect(timestampToMs({ seconds: 10, nanos: 1_000_000 }, "t")).to.equal(10_001);
    expect(timestampToMs({ seconds: 10, nanos: 999_999_999 }, "t")).to.equal(11_000);
    expect(timestampToMs({ seconds: -1, nanos: 1 }, "t")).to.equal(-999);
  });

  it("tells spans to the microsecond, and gives back what was measured", () => {
    expect(toDuration(0.0004)).to.deep.equal({ seconds: 0, nanos: 0 });
    expect(toDuration(1.2345678)).to.deep.equal({ seconds: 0, nanos: 1_235_000 });
    expect(toDuration(2999.9996)).to.deep.equal({ seconds: 3, nanos: 0 });
    expect(toMeasuredMs({ seconds: 3, nanos: 1_235_000 })).to.equal(3001.235);
  });

  it("rounds spans up to milliseconds", () => {
    expect(durationToMs({ seconds: 0, nanos: 1 }, "t")).to.equal(1);
    expect(durationToMs({ seconds: 1, nanos: 500_000_001 }, "t")).to.equal(1501);
    expect(durationToMs({ seconds: -1, nanos: -500_000_000 }, "t")).to.equal(-1500);
  });

  it("gives back every moment that the store can hold", () => {
    for (const ms of [1, 999, 1000, 1_763_900_000_123, TIME_MS_MAX]) {
      expect(timestampToMs(toTimestamp(timeMs(ms)), "t")).to.equal(ms);
      expect(durationToMs(toDuration(ms), "t")).to.equal(ms);
    }
  });

  it("refuses what is no Timestamp and no Duration", () => {
    const timestamps = [
      { seconds: 253_402_300_800, nanos: 0 },
      { seconds: -62_135_596_801, nanos: 0 },
      { seconds: 0, nanos: -1 },
      { seconds: 0, nanos: 1_000_000_000 },
    ];
    for (const bad of timestamps) expect(fieldOf(() => timestampToMs(bad, "t"))).to.equal("t");
    const durations = [
      { seconds: 315_576_000_001, nanos: 0 },
      { seconds: -315_576_000_001, nanos: 0 },
      { seconds: 1, nanos: -1 },
      { seconds: -1, nanos: 1 },
      { seconds: 0, nanos: 1_000_000_000 },
    ];
    for (const bad of durations) expect(fieldOf(() => durationToMs(bad, "t"))).to.equal("t");
  });
});

describe("requests as the store takes them", () => {
  it("takes keys of 1 byte to the limit, counted in bytes", () => {
    expect(toKey("é".repeat(2048), LIMITS)).to.have.length(4096);
    expect(fieldOf(() => toKey("", LIMITS))).to.equal("key");
    expect(fieldOf(() => toKey(`${"é".repeat(2048)}a`, LIMITS))).to.equal("key");
    expect(toKey("\uFEFFk", LIMITS).toString("hex")).to.equal("efbbbf6b");
  });

  it("takes values and content types up to their limits", () => {
    expect(set({ value: Buffer.alloc(LIMITS.valueBytesMax) })).to.be.an("object");
    expect(fieldOf(() => set({ value: Buffer.alloc(LIMITS.valueBytesMax + 1) }))).to.equal("value");
    expect(set({ contentType: "x".repeat(255) })).to.be.an("object");
    expect(fieldOf(() => set({ contentType: "x".repeat(256) }))).to.equal("content_type");
  });

  it("knows every choice of expiration of a Set", () => {
    expect(set({})).to.deep.include({ expiration: { kind: "none" } });
    const ttl = { $case: "ttl", value: { seconds: 30, nanos: 1 } } as const;
    expect(set({ expiration: ttl })).to.deep.include({
      expiration: { kind: "ttl", ttlMs: 30_001 },
    });
    const at = { $case: "expireTime", value: { seconds: 5, nanos: 1 } } as const;
    expect(set({ expiration: at })).to.deep.include({
      expiration: { kind: "at", deadlineMs: 5001 },
    });
    const keep = { $case: "keepExpiration", value: true } as const;
    expect(set({ expiration: keep })).to.deep.include({ expiration: { kind: "keep" } });
  });

  it("refuses expirations that mean nothing", () => {
    for (const value of [
      { seconds: 0, nanos: 0 },
      { seconds: -1, nanos: 0 },
      { seconds: 0, nanos: -1 },
      { seconds: 300_000_000_000, nanos: 0 },
    ]) {
      expect(fieldOf(() => set({ expiration: { $case: "ttl", value } }))).to.equal("ttl");
      expect(fieldOf(() => touch({ expiration: { $case: "ttl", value } }))).to.equal("ttl");
    }
    for (const value of [
      { seconds: 0, nanos: 0 },
      { seconds: -5, nanos: 0 },
      { seconds: 253_402_300_799, nanos: 999_999_999 },
    ]) {
      expect(fieldOf(() => set({ expiration: { $case: "expireTime", value } }))).to.equal(
        "expire_time",
      );
    }
    const keep = { $case: "keepExpiration", value: false } as const;
    expect(fieldOf(() => set({ expiration: keep }))).to.equal("keep_expiration");
    const persist = { $case: "persist", value: false } as const;
    expect(fieldOf(() => touch({ expiration: persist }))).to.equal("persist");
    expect(fieldOf(() => touch({}))).to.equal("expiration");
  });

  it("refuses bad pages and ranges", () => {
    const prefix = (value: string) => ({ range: { range: { $case: "prefix", value } } }) as const;
    const glob = (value: string) => ({ range: { range: { $case: "glob", value } } }) as const;
    expect(fieldOf(() => list({ pageSize: -1 }))).to.equal("page_size");
    expect(fieldOf(() => list({ pageSize: 10_001 }))).to.equal("page_size");
    expect(list({ pageSize: 10_000 })).to.be.an("object");
    expect(fieldOf(() => list({ pageToken: "x".repeat(8193) }))).to.equal("page_token");
    expect(fieldOf(() => list(prefix("x".repeat(4097))))).to.equal("range.prefix");
    expect(fieldOf(() => list(glob("x".repeat(1025))))).to.equal("range.glob");
    for (const end of ["start", "end"] as const) {
      const interval = { start: "", end: "", [end]: "x".repeat(4098) };
      const range = { range: { $case: "interval", value: interval } } as const;
      expect(fieldOf(() => list({ range }))).to.equal(`range.interval.${end}`);
      expect(fieldOf(() => watch({ range }))).to.equal(`range.interval.${end}`);
    }
  });

  it("refuses bad places to follow from", () => {
    const from = (position: object): unknown => watch({ start: { position } as never });
    expect(fieldOf(() => from({ $case: "now", value: false }))).to.equal("start.now");
    expect(fieldOf(() => from({ $case: "revision", value: 0 }))).to.equal("start.revision");
    expect(fieldOf(() => from({ $case: "revision", value: -1 }))).to.equal("start.revision");
    for (const value of ["", "x".repeat(8193)]) {
      const position = { $case: "resumeToken", value };
      expect(fieldOf(() => from(position))).to.equal("start.resume_token");
    }
    expect(watch({})).to.deep.equal({
      range: { kind: "all" },
      start: { kind: "now" },
      includeValue: false,
      progressIntervalMs: 0,
    });
  });

  it("takes progress intervals from 10 ms to a day, and 0 as the default", () => {
    const every = (seconds: number, nanos: number): unknown =>
      watch({ progressInterval: { seconds, nanos } });
    expect(every(0, 0)).to.include({ progressIntervalMs: 0 });
    expect(every(0, 10_000_000)).to.include({ progressIntervalMs: 10 });
    expect(every(86_400, 0)).to.include({ progressIntervalMs: 86_400_000 });
    expect(fieldOf(() => every(0, 1))).to.equal("progress_interval");
    expect(fieldOf(() => every(-1, 0))).to.equal("progress_interval");
    expect(fieldOf(() => every(86_400, 1))).to.equal("progress_interval");
  });

  it("refuses names of snapshots that could name other files", () => {
    for (const bad of ["", ".", "..", "../x", "a/b", "a\\b", "a\0", "x".repeat(256)]) {
      expect(
        fieldOf(() => toSnapshotId(bad)),
        JSON.stringify(bad),
      ).to.equal("snapshot_id");
    }
    expect(toSnapshotId("000000000042-1")).to.equal("000000000042-1");
  });
});
