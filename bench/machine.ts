/** What the figures depend on besides the servers: the machine, its disk, the versions. */

import { execFileSync } from "node:child_process";
import {
  closeSync,
  fdatasyncSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { arch, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";

import { h2loadVersion } from "./h2load.js";
import { percentile } from "./statistics.js";

export interface Machine {
  readonly cpu: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly fileSystem: string;
  /** Median and 99th percentile of an append of 4 KiB and its fdatasync. */
  readonly syncP50Micros: number;
  readonly syncP99Micros: number;
  /** Load average of the last minute, before the bench began: what else was going on. */
  readonly loadBefore: number;
  readonly node: string;
  readonly grpcJs: string;
  readonly h2load: string;
  readonly commit: string;
}

const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x58465342: "xfs",
  0x9123683e: "btrfs",
  0x794c7630: "overlay",
  0x2fc12fc1: "zfs",
  [TMPFS]: "tmpfs",
  [RAMFS]: "ramfs",
};

const SYNC_SAMPLES = 500;
const SYNC_BYTES = 4096;
const MICROSECONDS_PER_MS = 1000;

/** Whether what is written there stays in memory, so that a sync means nothing. */
export function isInMemory(directory: string): boolean {
  return [TMPFS, RAMFS].includes(statfsSync(directory).type);
}

export async function describeMachine(directory: string): Promise<Machine> {
  const loadBefore = loadavg()[0] ?? 0;
  const fileSystemType = statfsSync(directory).type;
  const syncs = sampleSyncs(directory);
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cpuCount: processors.length,
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${arch()}`,
    fileSystem: FILE_SYSTEMS[fileSystemType] ?? `0x${fileSystemType.toString(16)}`,
    syncP50Micros: percentile(syncs, 0.5),
    syncP99Micros: percentile(syncs, 0.99),
    loadBefore,
    node: process.version,
    grpcJs: packageVersion("@grpc/grpc-js"),
    h2load: await h2loadVersion().catch(() => "no h2load"),
    commit: commitName(),
  };
}

function sampleSyncs(directory: string): Float64Array {
  const path = join(directory, "sync-probe");
  const file = openSync(path, "w");
  const block = Buffer.alloc(SYNC_BYTES, 1);
  const samples = new Float64Array(SYNC_SAMPLES).map(() => {
    const startMs = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    return (performance.now() - startMs) * MICROSECONDS_PER_MS;
  });
  closeSync(file);
  rmSync(path);
  return samples.sort();
}

function packageVersion(name: string): string {
  const path = join(import.meta.dirname, "../../node_modules", name, "package.json");
  const description = JSON.parse(readFileSync(path, "utf8")) as { readonly version: string };
  return description.version;
}

function commitName(): string {
  try {
    const words = ["describe", "--always", "--dirty", "--abbrev=12"];
    const options = {
      cwd: import.meta.dirname,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    };
    return execFileSync("git", words, options as { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
