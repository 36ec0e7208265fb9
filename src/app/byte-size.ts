/** Sizes as people write them: `64 MiB`, `4KiB`, `1 GB`, `512`. Whole bytes inside. */

import { parsed, problem, type Parsed } from "./parsed.js";

const BINARY_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
};

const EXPECTED = "expected a size such as 64 MiB, 4 KiB or 512 B";

/** The size in bytes, zero or more. Never throws. */
export function parseByteSize(text: string): Parsed<number> {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)\s*([A-Za-z]*)$/.exec(text.trim());
  const unitBytes = UNIT_BYTES[(match?.[2] ?? "?").toLowerCase()];
  if (match === null || unitBytes === undefined) return problem(EXPECTED);
  const bytes = Number(match[1]) * unitBytes;
  if (!Number.isSafeInteger(bytes)) return problem(`${EXPECTED}, and a whole number of bytes`);
  return parsed(bytes);
}

/** The size in the largest unit that says it exactly: `65536` is `64 KiB`. */
export function formatByteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value !== 0 && value % 1024 === 0 && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${String(value)} ${BINARY_UNITS[unit] ?? "B"}`;
}

/** The size for people to read, rounded to a tenth: `3.7 MiB`. */
export function roundByteSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BINARY_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${BINARY_UNITS[unit] ?? "B"}`;
}
