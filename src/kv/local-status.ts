/** What the store on this machine says of itself. */

import { NO_DEADLINE, NO_REVISION, type TimeMs } from "../base/index.js";
import type { LocalParts } from "./local-parts.js";
import type { Alarm, StoreStatus } from "./store.js";

export function storeStatus(parts: LocalParts): StoreStatus {
  const { engine, logical, feed, startTimeMs } = parts;
  const { feedFloor, oldestView, spaceProblem, ...status } = engine.status();
  const nowMs = logical.now();
  return {
    ...status,
    oldestRetainedRevision: feedFloor,
    oldestViewRevision: oldestView?.revision ?? NO_REVISION,
    oldestViewAgeMs: oldestView?.ageMs ?? 0,
    nextDeadlineMs: engine.deadlines.next() ?? NO_DEADLINE,
    overdueCount: engine.deadlines.dueCount(nowMs),
    logicalTimeMs: nowMs,
    startTimeMs,
    followerCount: feed.followerCount,
    alarms: alarmsOf(parts, spaceProblem, nowMs),
  };
}

function alarmsOf(
  { engine, logical, housekeeping, startTimeMs }: LocalParts,
  spaceProblem: string | undefined,
  nowMs: TimeMs,
): Alarm[] {
  const alarms: Alarm[] = [];
  if (spaceProblem !== undefined) {
    const message = `no room to prepare a segment (${spaceProblem}); writes may be refused`;
    alarms.push({ kind: "no-space", message, sinceMs: nowMs });
  }
  const { alarm } = logical;
  if (alarm !== undefined) {
    const message = `the wall clock is ${String(alarm.aheadMs)} ms ahead and not believed yet`;
    alarms.push({ kind: "clock-ahead", message, sinceMs: alarm.sinceMs });
  }
  for (const damage of engine.damages) {
    alarms.push({ kind: "corrupt", message: damage.message, sinceMs: startTimeMs });
  }
  if (housekeeping.failure !== undefined) {
    alarms.push({ kind: "compaction-failed", ...housekeeping.failure });
  }
  return alarms;
}
