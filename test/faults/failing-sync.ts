/**
 * A server of which strace fails one system call that puts data on stable storage: the Nth of its kind. With one thread
 * for all file work, strace counts as we do.
 */

import { readFile } from "node:fs/promises";
import { relative } from "node:path";

import type { Launch } from "../support/server-process.js";

/** Sync of a file's bytes, of a directory's names, and a write that is its own sync. */
export type SyncCall = "fdatasync" | "fsync" | "pwrite64";

export interface Failure {
  readonly call: SyncCall;
  readonly code: "EIO" | "ENOSPC";
  /** 1: the first. */
  readonly at: number;
}

/** How to launch the server so that this call fails, and a line of each is written to `trace`. */
export function failing({ call, code, at }: Failure, trace: string): Launch {
  return {
    under: [...TRACED, trace, "-e", `inject=${call}:error=${code}:when=${String(at)}`],
    environment: { UV_THREADPOOL_SIZE: "1" },
  };
}

/** How to launch the server so that nothing fails, and a line of each is written to `trace`. */
export function tracing(trace: string): Launch {
  return { under: [...TRACED, trace], environment: { UV_THREADPOOL_SIZE: "1" } };
}

/** `-D`: the server is the process that was started; strace looks on from aside. */
const TRACED = [
  "strace",
  ...["-D", "-f", "--seccomp-bpf", "-q", "-y"],
  ...["-e", "trace=fdatasync,fsync,pwrite64", "-e", "signal=none", "-o"],
];

/** What a call works on, so that it is known what its failure may do. */
export type Site =
  | "checkpoint"
  | "compaction output"
  | "log"
  | "manifest"
  | "manifest, room ahead"
  | "names of checkpoints"
  | "names of segments"
  | "names of snapshots"
  | "names of the store"
  | "snapshot"
  | "spare"
  | "elsewhere";

/** A system call that was made. */
export interface Made {
  readonly call: SyncCall;
  readonly site: Site;
  readonly path: string;
  readonly isFailed: boolean;
}

/** What strace saw, in order. `data` is the server's directory. */
export async function readTrace(trace: string, data: string): Promise<Made[]> {
  const lines = (await readFile(trace, "utf8")).split("\n");
  const made: Made[] = [];
  const begun = new Map<string, string>();
  let isRoomAhead = false;
  for (const line of lines) {
    const thread = line.split(" ", 1)[0] ?? "";
    if (line.includes("<unfinished ...>")) {
      begun.set(thread, line);
      continue;
    }
    const whole = line.includes(" resumed>") ? `${begun.get(thread) ?? ""}${line}` : line;
    const match = /(fdatasync|fsync|pwrite64)\(\d+<([^>]*)>(?:, "(.{0,8}))?/.exec(whole);
    if (match === null) continue;
    const [, call = "", absolute = "", bytes = ""] = match;
    const path = relative(data, absolute);
    if (path === "MANIFEST.tmp" && call === "pwrite64") isRoomAhead = bytes.startsWith("\\0");
    const site =
      isRoomAhead && path === "MANIFEST.tmp" ? "manifest, room ahead" : siteOf(path, bytes);
    made.push({ call: call as SyncCall, site, path, isFailed: whole.includes("(INJECTED)") });
  }
  return made;
}

function siteOf(path: string, bytes: string): Site {
  if (path === "") return "names of the store";
  if (path === "MANIFEST.tmp") return "manifest";
  if (path === "segments") return "names of segments";
  if (path === "snapshots") return "names of snapshots";
  if (path === "checkpoints") return "names of checkpoints";
  if (path.startsWith("snapshots/")) return "snapshot";
  if (path.startsWith("checkpoints/")) return "checkpoint";
  if (/^segments\/\d+\.seg$/.test(path)) return "log";
  if (/^segments\/\d+\.seg\.tmp$/.test(path)) return "compaction output";
  // A spare gets a header when it becomes the next segment of the log.
  if (path.startsWith("segments/spare-")) return bytes.startsWith("KVDBSEG") ? "log" : "spare";
  return "elsewhere";
}
