/**
 * What preparing segments costs and gains: the same batches, each on stable storage before the next, go to
 * files that were prepared in different ways, until the file is full. `node dist/bench/segments.js [directory]`
 * takes about two minutes and writes bench/results/segments.json and segments.md.
 */

import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { MIB } from "../src/base/index.js";
import { describeMachine, isInMemory, type Machine } from "./machine.js";
import { percentile } from "./statistics.js";

const ROUNDS = 3;
const FILE_BYTES = 8 * MIB;
const SLICE_BYTES = 1 * MIB;

/** A record with a key of 16 bytes and a value of 256, and the header of the batch that it shares. */
const RECORD_BYTES = 68 + 16 + 256;
const BATCH_HEADER_BYTES = 48;

/** How many commits share a sync: what one writer makes, and fifty. */
const WRITERS = [1, 50] as const;

/** In the kernel's line of counts for a disk. */
const SECTORS_WRITTEN_AT = 6;
const SECTOR_BYTES = 512;

const ROOT = join(import.meta.dirname, "../..");
const { O_CREAT, O_DSYNC, O_WRONLY } = fs.constants;

interface Way {
  readonly name: string;
  /** Makes what the batches will be written to, durably. */
  readonly prepare: (path: string) => Promise<void>;
  readonly flags: number;
  readonly isSyncedApart: boolean;
}

const WAYS: readonly Way[] = [
  {
    name: "growing, fdatasync",
    prepare: () => Promise.resolve(),
    flags: O_WRONLY | O_CREAT,
    isSyncedApart: true,
  },
  {
    name: "zeros, O_DSYNC (ours)",
    prepare: (path) => fill(path, 0),
    flags: O_WRONLY | O_DSYNC,
    isSyncedApart: false,
  },
  {
    name: "extended by truncate, O_DSYNC",
    prepare: extend,
    flags: O_WRONLY | O_DSYNC,
    isSyncedApart: false,
  },
  {
    name: "recycled, O_DSYNC",
    prepare: (path) => fs.rename(`${path}.retired`, path),
    flags: O_WRONLY | O_DSYNC,
    isSyncedApart: false,
  },
];

interface Measured {
  readonly round: number;
  readonly way: string;
  readonly writers: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly commitsPerSecond: number;
  readonly prepareMs: number;
  /** Bytes that went to the disk for each byte of records, those of preparing included. */
  readonly bytesPerByte: number;
}

async function fill(path: string, byte: number): Promise<void> {
  const file = await fs.open(path, "w");
  const slice = Buffer.alloc(SLICE_BYTES, byte);
  for (let offset = 0; offset < FILE_BYTES; offset += SLICE_BYTES) {
    await file.write(slice, 0, slice.length, offset);
    await file.datasync();
  }
  await file.close();
}

async function extend(path: string): Promise<void> {
  const file = await fs.open(path, "w");
  await file.truncate(FILE_BYTES);
  await file.sync();
  await file.close();
}

/**
 * Bytes that the disk below has taken, as Linux counts them: those of others too, which is why the least of
 * the rounds is reported. A process's own count in /proc/self/io is of no use: it counts a megabyte for each
 * write into a cache page of that size, whatever of it goes to the disk.
 */
function writtenBytes(directory: string): number {
  const { dev } = statSync(directory);
  const device = `${String((dev >> 8) & 0xfff)}:${String((dev & 0xff) | ((dev >> 12) & 0xfff00))}`;
  const counts = readFileSync(`/sys/dev/block/${device}/stat`, "utf8").trim().split(/\s+/);
  return Number(counts[SECTORS_WRITTEN_AT]) * SECTOR_BYTES;
}

async function measure(
  path: string,
  way: Way,
  writers: number,
): Promise<Omit<Measured, "round" | "way" | "writers">> {
  if (way.name.startsWith("recycled")) await fill(`${path}.retired`, 0xa5);
  const batch = Buffer.alloc(BATCH_HEADER_BYTES + writers * RECORD_BYTES, 1);
  const bytesBefore = writtenBytes(dirname(path));
  const preparedFromMs = performance.now();
  await way.prepare(path);
  const prepareMs = performance.now() - preparedFromMs;
  const file = await fs.open(path, way.flags, 0o600);
  const latencies: number[] = [];
  const startMs = performance.now();
  for (let offset = 0; offset + batch.length <= FILE_BYTES; offset += batch.length) {
    const beginMs = performance.now();
    await file.write(batch, 0, batch.length, offset);
    if (way.isSyncedApart) await file.datasync();
    latencies.push(performance.now() - beginMs);
  }
  const seconds = (performance.now() - startMs) / 1000;
  await file.close();
  const bytesPerByte =
    (writtenBytes(dirname(path)) - bytesBefore) / (latencies.length * batch.length);
  await fs.unlink(path);
  const sorted = new Float64Array(latencies).sort();
  return {
    p50Micros: percentile(sorted, 0.5) * 1000,
    p99Micros: percentile(sorted, 0.99) * 1000,
    commitsPerSecond: (latencies.length * writers) / seconds,
    prepareMs,
    bytesPerByte,
  };
}

function median(values: readonly number[]): number {
  return percentile(new Float64Array(values).sort(), 0.5);
}

function report(machine: Machine, all: readonly Measured[]): string {
  const lines = [
    "# Prepared segments",
    "",
    `${machine.cpu} × ${String(machine.cpuCount)}, ${machine.system}, ${machine.fileSystem}, Node.js ` +
      `${machine.node}; load average before: ${machine.loadBefore.toFixed(2)}.`,
    `Files of ${String(FILE_BYTES / MIB)} MiB filled with batches; medians of ${String(ROUNDS)} rounds, of bytes written the least.`,
    "",
    "| commits a sync | file | p50 µs | p99 µs | commits/s | ms to prepare | bytes written a byte |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const writers of WRITERS) {
    for (const { name } of WAYS) {
      const own = all.filter((each) => each.way === name && each.writers === writers);
      const of = (pick: (each: Measured) => number): number => median(own.map(pick));
      const cells = [
        of((each) => each.p50Micros).toFixed(0),
        of((each) => each.p99Micros).toFixed(0),
        of((each) => each.commitsPerSecond).toFixed(0),
        of((each) => each.prepareMs).toFixed(0),
        Math.min(...own.map((each) => each.bytesPerByte)).toFixed(2),
      ];
      lines.push(`| ${[String(writers), name, ...cells].join(" | ")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

async function main(): Promise<void> {
  const parent = process.argv[2] ?? tmpdir();
  if (isInMemory(parent)) throw new Error(`${parent} is in memory: a sync means nothing there`);
  const directory = mkdtempSync(join(parent, "segments-"));
  try {
    const machine = await describeMachine(directory);
    const all: Measured[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < WAYS.length; turn++) {
        const way = WAYS[(round + turn) % WAYS.length];
        if (way === undefined) continue;
        for (const writers of WRITERS) {
          const measured = await measure(join(directory, "segment"), way, writers);
          all.push({ round, way: way.name, writers, ...measured });
          process.stderr.write(`${JSON.stringify(all.at(-1))}\n`);
        }
      }
    }
    const text = report(machine, all);
    const results = join(ROOT, "bench/results");
    writeFileSync(
      join(results, "segments.json"),
      `${JSON.stringify({ machine, measurements: all }, undefined, 2)}\n`,
    );
    writeFileSync(join(results, "segments.md"), text);
    process.stdout.write(text);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await main();
