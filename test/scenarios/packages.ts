/**
 * Something real to import: the packages of a Debian index where that file lies beside the project, else as
 * many lines of the same shape. Keys are in the order of their bytes, and lines are as an export writes them.
 */

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";

import { Random } from "../support/random.js";
import { sized } from "./scale.js";

const REAL_FILE = resolve("..", "shared", "data", "debian-packages.jsonl.gz");

const LINE_COUNT = { normal: 3000, full: 63_666 };

export interface Packages {
  /** Without line ends. */
  readonly lines: readonly string[];
  /** What was left out, in words. */
  readonly origin: string;
}

export function loadPackages(): Packages {
  const count = sized(LINE_COUNT);
  if (!existsSync(REAL_FILE)) {
    return { lines: sampleLines(count), origin: "a made-up sample, for the real file is not here" };
  }
  const all = gunzipSync(readFileSync(REAL_FILE)).toString("utf8").trimEnd().split("\n");
  // Every so many lines, so that a part has all prefixes too.
  const step = Math.max(1, Math.floor(all.length / count));
  const lines = all.filter((_, index) => index % step === 0);
  return { lines, origin: `${String(lines.length)} of ${String(all.length)} real lines` };
}

/** All packages of one section, with those of other sections that `loadPackages` takes. */
export function loadSection(section: string): Packages {
  const { lines, origin } = loadPackages();
  if (!existsSync(REAL_FILE)) return { lines, origin };
  const start = `{"key":"deb/${section}/`;
  const all = gunzipSync(readFileSync(REAL_FILE)).toString("utf8").trimEnd().split("\n");
  const taken = new Set(lines);
  const wanted = all.filter((line) => line.startsWith(start) || taken.has(line));
  return { lines: wanted, origin: `${String(wanted.length)} of ${String(all.length)} real lines` };
}

/** As a file or a pipe holds them. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

export interface Parsed {
  readonly key: string;
  /** The text of the value, as it stands in the line. */
  readonly value: string;
}

export function parsePackage(line: string): Parsed {
  const { key } = JSON.parse(line) as { key: string };
  const start = `{"key":${JSON.stringify(key)},"value":`;
  if (!line.startsWith(start)) throw new Error(`this line is of another shape: ${line}`);
  return { key, value: line.slice(start.length, -1) };
}

function sampleLines(count: number): string[] {
  const random = new Random(1);
  const sections = ["admin", "devel", "doc", "games", "libs", "utils"];
  return Array.from({ length: count }, (_, index) => {
    const section = sections[Math.floor((index * sections.length) / count)] ?? "utils";
    const key = `deb/${section}/package-${String(index).padStart(6, "0")}`;
    const words = "übersetzt und gebündelt; ".repeat(2 + random.below(60));
    // A few are as large as the largest ones really are.
    const size = index % 50 === 0 ? 200_000_000 + index : index;
    const value = { version: `1.${String(random.below(100))}-1`, description: words, size };
    return `{"key":${JSON.stringify(key)},"value":${JSON.stringify(value)}}`;
  });
}
