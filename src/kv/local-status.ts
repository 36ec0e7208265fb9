/** What the store on this machine says of itself. */

import { NO_DEADLINE, NO_REVISION, systemErrorCode, timeMs } from "../base/index.js";
import type { LocalParts } from "./local-parts.js";
import type { Alarm, ScrubStatus, StoreStatus } from "./store.js";

export function storeStatus(parts: LocalParts): StoreStatus {
  const { engine, logical, feed, startTimeMs } = parts;
  const { feedFloor, oldestView, spaceProblem, quotaProblem, checkpoint, scrub, ...status } =
    engine.status();
  const nowMs = logical.now();
  return {
    ...status,
    oldestRetainedRevision: feedFloor,
    checkpointRevision: checkpoint?.revision ?? NO_REVISION,
    checkpointTimeMs: checkpoint?.createTimeMs ?? timeMs(0),
    checkpointBytes: checkpoint?.sizeBytes ?? 0,
    oldestViewRevision: oldestView?.revision ?? NO_REVISION,
    oldestViewAgeMs: oldestView?.ageMs ?? 0,
    nextDeadlineMs: engine.deadlines.next() ?? NO_DEADLINE,
    overdueCount: engine.deadlines.dueCount(nowMs),
    logicalTimeMs: nowMs,
    startTimeMs,
    followerCount: feed.followerCount,
    scrub: scrubOf(scrub),
    alarms: [
      ...(spaceProblem === undefined ? [] : [spaceAlarm(spaceProblem)]),
      ...(quotaProblem === undefined ? [] : [quotaAlarm(quotaProblem)]),
      ...alarmsOf(parts),
    ],
  };
}

type EngineStatus = ReturnType<LocalParts["engine"]["status"]>;
type SpaceProblem = NonNullable<EngineStatus["spaceProblem"]>;
type QuotaProblem = NonNullable<EngineStatus["quotaProblem"]>;

function scrubOf({ last, ...scrub }: EngineStatus["scrub"]): ScrubStatus {
  return {
    ...scrub,
    lastStartTimeMs: last?.startTimeMs ?? timeMs(0),
    lastEndTimeMs: last?.endTimeMs ?? timeMs(0),
    lastBytes: last?.bytes ?? 0,
    lastFindingCount: last?.findingCount ?? 0,
  };
}

function quotaAlarm({ message, sinceMs }: QuotaProblem): Alarm {
  return { kind: "quota", message, sinceMs };
}

/** Whatever keeps segments from being prepared, writes are refused for it; only some of it is a full disk. */
function spaceAlarm({ message, sinceMs, cause }: SpaceProblem): Alarm {
  const code = systemErrorCode(cause);
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  const problem = isFull ? "no room to prepare a segment" : "no segment can be prepared";
  return { kind: "no-space", message: `${problem} (${message}); writes may be refused`, sinceMs };
}

function alarmsOf({ engine, logical, housekeeping }: LocalParts): Alarm[] {
  const alarms: Alarm[] = [];
  const { alarm } = logical;
  if (alarm !== undefined) {
    const message = `the wall clock is ${String(alarm.aheadMs)} ms ahead and not believed yet`;
    alarms.push({ kind: "clock-ahead", message, sinceMs: alarm.sinceMs });
  }
  for (const damage of engine.damages) {
    alarms.push({ kind: "corrupt", message: damage.message, sinceMs: damage.sinceMs });
  }
  if (housekeeping.failure !== undefined) {
    alarms.push({ kind: "compaction-failed", ...housekeeping.failure });
  }
  return alarms;
}
