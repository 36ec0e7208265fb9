/** `kvdb status`: what the server says of itself. */

import type { Command } from "commander";

import type { RemoteStatus } from "../../grpc/index.js";
import type { ScrubStatus } from "../../kv/index.js";
import { roundByteSize } from "../byte-size.js";
import type { Exit } from "../exit-codes.js";
import { formatTime } from "../time-text.js";
import {
  addClientOptions,
  SHORT_TIMEOUT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { counted } from "./counted.js";
import { latencyObject, latencyWords, methodObject, methodWords } from "./latency-text.js";
import { columns } from "./printer.js";

export function defineStatus(command: Command, end: (exit: Exit) => void): void {
  addClientOptions(command, SHORT_TIMEOUT).action(async (options: ClientOptions) => {
    end(
      await withStore(options, async (store, printer) => {
        const status = await store.status();
        await printer.say(statusObject(status), statusWords(status));
        return "ok";
      }),
    );
  });
}

function statusObject(status: RemoteStatus): object {
  return {
    version: status.serverVersion,
    store_id: status.storeId,
    history_id: status.historyId,
    revision: status.revision,
    oldest_retained_revision: status.oldestRetainedRevision,
    key_count: status.keyCount,
    key_order: status.keyOrder,
    history_versions: status.historyVersions,
    older_version_count: status.olderVersionCount,
    transaction_count: status.transactionCount,
    sync_count: status.syncCount,
    compression: status.compression,
    live_bytes: status.liveBytes,
    disk_bytes: status.diskBytes,
    segment_count: status.segmentCount,
    keydir_bytes: status.keydirBytes,
    cache_bytes: status.cacheBytes,
    ...(status.oldestViewRevision === 0
      ? {}
      : {
          oldest_view_revision: status.oldestViewRevision,
          oldest_view_age_ms: status.oldestViewAgeMs,
        }),
    ...(status.nextDeadlineMs === 0 ? {} : { next_expire_time: formatTime(status.nextDeadlineMs) }),
    ...(status.checkpointRevision === 0
      ? {}
      : {
          checkpoint_revision: status.checkpointRevision,
          checkpoint_time: formatTime(status.checkpointTimeMs),
          checkpoint_bytes: status.checkpointBytes,
        }),
    ...(status.scrub.startTimeMs === 0 ? {} : { scrub: scrubObject(status.scrub) }),
    overdue_count: status.overdueCount,
    logical_time: formatTime(status.logicalTimeMs),
    start_time: formatTime(status.startTimeMs),
    follower_count: status.followerCount,
    ...(status.syncLatency === undefined
      ? {}
      : { sync_latency: latencyObject(status.syncLatency) }),
    methods: status.methods.map(methodObject),
    alarms: status.alarms.map(({ kind, message, sinceMs }) => ({
      kind,
      message,
      since: formatTime(sinceMs),
    })),
  };
}

function statusWords(status: RemoteStatus): string {
  const { oldestViewRevision, nextDeadlineMs } = status;
  const view = `revision ${String(oldestViewRevision)}, ${String(status.oldestViewAgeMs)} ms old`;
  return columns([
    ["version", status.serverVersion],
    ["store", status.storeId],
    ["history", status.historyId],
    ["started", formatTime(status.startTimeMs)],
    [
      "revision",
      `${String(status.revision)} (retained from ${String(status.oldestRetainedRevision)})`,
    ],
    ["keys", `${String(status.keyCount)}, in the order ${status.keyOrder}`],
    ["versions", versionWords(status)],
    [
      "transactions",
      `${String(status.transactionCount)} in ${counted(status.syncCount, "sync")} since the start`,
    ],
    ["compression", status.compression],
    ["live", roundByteSize(status.liveBytes)],
    ["on disk", `${roundByteSize(status.diskBytes)} in ${counted(status.segmentCount, "segment")}`],
    [
      "memory",
      `keydir ${roundByteSize(status.keydirBytes)}, cache ${roundByteSize(status.cacheBytes)}`,
    ],
    ["checkpoint", checkpointWords(status)],
    ["scrub", scrubWords(status.scrub)],
    ["oldest view", oldestViewRevision === 0 ? "none" : view],
    ["next to expire", nextDeadlineMs === 0 ? "none" : formatTime(nextDeadlineMs)],
    ["overdue", String(status.overdueCount)],
    ["followers", String(status.followerCount)],
    ["syncs", latencyWords(status.syncLatency)],
    ...status.methods.map((each) => [each.method, methodWords(each)] as const),
    ["alarms", alarmWords(status)],
  ]);
}

function versionWords({ historyVersions, olderVersionCount }: RemoteStatus): string {
  if (historyVersions === 1) return "the newest of each key";
  return `up to ${String(historyVersions)} of each key, ${String(olderVersionCount)} older ones`;
}

function checkpointWords(status: RemoteStatus): string {
  const { checkpointRevision, checkpointTimeMs, checkpointBytes } = status;
  if (checkpointRevision === 0) return "none";
  const of = `of revision ${String(checkpointRevision)}, ${roundByteSize(checkpointBytes)}`;
  return `${of}, written ${formatTime(checkpointTimeMs)}`;
}

function scrubObject(scrub: ScrubStatus): object {
  return {
    start_time: formatTime(scrub.startTimeMs),
    done_bytes: scrub.doneBytes,
    total_bytes: scrub.totalBytes,
    finding_count: scrub.findingCount,
    ...(scrub.lastEndTimeMs === 0
      ? {}
      : {
          last_start_time: formatTime(scrub.lastStartTimeMs),
          last_end_time: formatTime(scrub.lastEndTimeMs),
          last_bytes: scrub.lastBytes,
          last_finding_count: scrub.lastFindingCount,
        }),
  };
}

function scrubWords(scrub: ScrubStatus): string {
  if (scrub.startTimeMs === 0) return "off";
  const { lastEndTimeMs, lastFindingCount, doneBytes, totalBytes, findingCount } = scrub;
  const outcome = lastFindingCount === 0 ? "all was whole" : damagedWords(lastFindingCount);
  const last = lastEndTimeMs === 0 ? "none yet" : `last ${formatTime(lastEndTimeMs)}, ${outcome}`;
  const percent = String(Math.floor((100 * doneBytes) / Math.max(1, totalBytes)));
  const found = findingCount === 0 ? "" : `, ${damagedWords(findingCount)}`;
  return `${last}; the next is at ${percent} %${found}`;
}

function damagedWords(count: number): string {
  return counted(count, "damaged file");
}

function alarmWords(status: RemoteStatus): string {
  if (status.alarms.length === 0) return "none";
  return status.alarms
    .map((alarm) => `${alarm.kind} since ${formatTime(alarm.sinceMs)}: ${alarm.message}`)
    .join("; ");
}
