/**
 * The kinds of value that a setting can have: how each is read from text, how it is written, and which
 * values are allowed, said in words that an error message can use.
 */

import { totalmem } from "node:os";

import { MIB } from "../../base/index.js";
import { formatAddress, parseAddress, type Address } from "../address.js";
import { formatByteSize, parseByteSize } from "../byte-size.js";
import { formatDurationMs, parseDurationMs } from "../duration.js";
import { parsed, problem, type Parsed } from "../parsed.js";

export interface SettingKind<T> {
  /** What the documentation calls it: `size`, `duration`. */
  readonly noun: string;
  /** Which values may be given: `from 1 KiB to 1 GiB`. */
  readonly allowed: string;
  readonly parse: (text: string) => Parsed<T>;
  readonly format: (value: T) => string;
  /** Whether its flag may stand without a value, which then means `true`. */
  readonly isSwitch: boolean;
}

interface NumberText {
  readonly noun: string;
  readonly parse: (text: string) => Parsed<number>;
  readonly format: (value: number) => string;
}

export interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
  /** Zero is allowed too, below the minimum; the words say what it means. */
  readonly zero?: string;
}

export function byteSize(range: NumberRange): SettingKind<number> {
  return ranged({ noun: "size", parse: parseByteSize, format: formatByteSize }, range);
}

/** A size, or `auto`: a quarter of the memory that this process may use. */
export function memorySize(range: NumberRange): SettingKind<number> {
  const size = byteSize(range);
  return {
    ...size,
    allowed: `${size.allowed}, or auto: a quarter of memory`,
    parse(text) {
      return text === "auto"
        ? parsed(Math.max(quarterOfMemory(), range.minimum))
        : size.parse(text);
    },
  };
}

export function duration(range: NumberRange): SettingKind<number> {
  return ranged({ noun: "duration", parse: parseDurationMs, format: formatDurationMs }, range);
}

export function count(range: NumberRange): SettingKind<number> {
  return ranged({ noun: "whole number", parse: parseCount, format: formatCount }, range);
}

export function ratio(range: NumberRange): SettingKind<number> {
  return ranged({ noun: "ratio", parse: parseRatio, format: String }, range);
}

export function toggle(): SettingKind<boolean> {
  return {
    noun: "switch",
    allowed: "true or false",
    parse(text) {
      if (text === "true") return parsed(true);
      return text === "false" ? parsed(false) : problem("expected true or false");
    },
    format: String,
    isSwitch: true,
  };
}

export function address(): SettingKind<Address> {
  return {
    noun: "address",
    allowed: "HOST:PORT, an IPv6 host in brackets, port 0 for any free one",
    parse: parseAddress,
    format: formatAddress,
    isSwitch: false,
  };
}

export function directory(): SettingKind<string> {
  return {
    noun: "directory",
    allowed: "a path that is not empty",
    parse(text) {
      if (text === "") return problem("expected the path of a directory");
      return text.includes("\0") ? problem("a path holds no zero byte") : parsed(text);
    },
    format: String,
    isSwitch: false,
  };
}

export function choice<T extends string>(choices: readonly T[]): SettingKind<T> {
  const allowed = `one of ${choices.join(", ")}`;
  return {
    noun: "choice",
    allowed,
    parse(text) {
      const found = choices.find((candidate) => candidate === text);
      return found === undefined ? problem(`expected ${allowed}`) : parsed(found);
    },
    format: String,
    isSwitch: false,
  };
}

/** A number with bounds; the message of one out of bounds names them. */
function ranged(text: NumberText, range: NumberRange): SettingKind<number> {
  const span = `from ${text.format(range.minimum)} to ${text.format(range.maximum)}`;
  const allowed = range.zero === undefined ? span : `${span}, or 0: ${range.zero}`;
  return {
    noun: text.noun,
    allowed,
    parse(given) {
      const outcome = text.parse(given);
      if (outcome.kind === "problem") return outcome;
      const value = outcome.value;
      const isInside = value >= range.minimum && value <= range.maximum;
      if (isInside || (value === 0 && range.zero !== undefined)) return outcome;
      return problem(`allowed is ${allowed}`);
    },
    format: text.format,
    isSwitch: false,
  };
}

/** In whole MiB, so that it can be read. */
function quarterOfMemory(): number {
  // In a container the machine's memory is not ours; no limit is reported as 0 or as a huge number.
  const limitBytes = process.constrainedMemory();
  const totalBytes = totalmem();
  const bytes = limitBytes > 0 && limitBytes < totalBytes ? limitBytes : totalBytes;
  return Math.floor(bytes / 4 / MIB) * MIB;
}

function parseCount(text: string): Parsed<number> {
  const digits = text.trim().replace(/(?<=\d)[_,](?=\d{3}(?!\d)|\d{3}[_,])/g, "");
  if (!/^\d{1,15}$/.test(digits)) return problem("expected a whole number such as 1000");
  return parsed(Number(digits));
}

function formatCount(value: number): string {
  return String(value);
}

function parseRatio(text: string): Parsed<number> {
  if (!/^(\d{1,3}(\.\d{1,9})?|\.\d{1,9})$/.test(text.trim())) {
    return problem("expected a ratio such as 0.4");
  }
  return parsed(Number(text));
}
