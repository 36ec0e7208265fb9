/** Verifications and scrubs, as the store tells of them and as the wire does. */

import type {
  ScrubStatus as WireScrubStatus,
  VerifyResponse,
} from "../../generated/keyvaluedb/v1/admin_service.js";
import type { Timestamp } from "../../generated/google/protobuf/timestamp.js";
import { NO_DEADLINE, type TimeMs } from "../base/index.js";
import type { ScrubStatus, VerifyReport } from "../kv/index.js";
import { timestampToMs, toExpireTime } from "./time.js";

export function toScrubStatus(scrub: ScrubStatus): WireScrubStatus {
  return {
    startTime: toExpireTime(scrub.startTimeMs),
    doneBytes: scrub.doneBytes,
    totalBytes: scrub.totalBytes,
    findingCount: scrub.findingCount,
    lastStartTime: toExpireTime(scrub.lastStartTimeMs),
    lastEndTime: toExpireTime(scrub.lastEndTimeMs),
    lastBytes: scrub.lastBytes,
    lastFindingCount: scrub.lastFindingCount,
  };
}

/** Zeros where a server of before says nothing of it. */
export function fromScrubStatus(scrub: WireScrubStatus | undefined): ScrubStatus {
  return {
    startTimeMs: toMs(scrub?.startTime),
    doneBytes: scrub?.doneBytes ?? 0,
    totalBytes: scrub?.totalBytes ?? 0,
    findingCount: scrub?.findingCount ?? 0,
    lastStartTimeMs: toMs(scrub?.lastStartTime),
    lastEndTimeMs: toMs(scrub?.lastEndTime),
    lastBytes: scrub?.lastBytes ?? 0,
    lastFindingCount: scrub?.lastFindingCount ?? 0,
  };
}

export async function* toVerifyResponses(
  reports: AsyncIterable<VerifyReport>,
): AsyncGenerator<VerifyResponse, void, undefined> {
  for await (const { isDone: done, findings, ...counts } of reports) {
    yield { ...counts, findings: [...findings], done };
  }
}

export function fromVerifyResponse({ done: isDone, ...reply }: VerifyResponse): VerifyReport {
  return { ...reply, isDone };
}

function toMs(time: Timestamp | undefined): TimeMs {
  return time === undefined ? NO_DEADLINE : timestampToMs(time, "scrub");
}
