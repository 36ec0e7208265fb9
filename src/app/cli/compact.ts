/** `kvdb compact`: what a compaction gave back. */

import type { Command } from "commander";

import type { CompactionReport } from "../../kv/index.js";
import { roundByteSize } from "../byte-size.js";
import type { Exit } from "../exit-codes.js";
import {
  addClientOptions,
  LONG_TIMEOUT,
  PATIENT,
  withStore,
  type ClientOptions,
} from "./client-command.js";
import { counted } from "./counted.js";
import { columns } from "./printer.js";

export function defineCompact(command: Command, end: (exit: Exit) => void): void {
  addClientOptions(command, LONG_TIMEOUT).action(async (options: ClientOptions) => {
    end(
      await withStore(options, async (store, printer) => {
        const report = await store.compact(PATIENT);
        await printer.say(reportObject(report), reportWords(report));
        if (report.damagedSegments === 0) return "ok";
        printer.note(`kvdb: left ${counted(report.damagedSegments, "damaged segment")} alone`);
        return "corrupt";
      }),
    );
  });
}

function reportObject(report: CompactionReport): object {
  return {
    bytes_before: report.bytesBefore,
    bytes_after: report.bytesAfter,
    segments_before: report.segmentsBefore,
    segments_after: report.segmentsAfter,
    dropped_sets: report.droppedSets,
    dropped_tombstones: report.droppedTombstones,
    dropped_replies: report.droppedReplies,
    damaged_segments: report.damagedSegments,
    duration_ms: report.durationMs,
  };
}

function reportWords(report: CompactionReport): string {
  return columns([
    ["bytes", `${roundByteSize(report.bytesBefore)} -> ${roundByteSize(report.bytesAfter)}`],
    ["segments", `${String(report.segmentsBefore)} -> ${String(report.segmentsAfter)}`],
    [
      "dropped",
      `${counted(report.droppedSets, "set")}, ${counted(report.droppedTombstones, "tombstone")}`,
    ],
    ["took", `${String(Math.round(report.durationMs))} ms`],
  ]);
}
