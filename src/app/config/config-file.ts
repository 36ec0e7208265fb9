/**
 * Reads a YAML configuration file into texts by setting name, each with the line it stands on. It looks
 * at structure only: `limits: { key_bytes: 1 KiB }` and `limits.key_bytes: 1 KiB` say the same.
 */

import type { ParsedNode, Scalar } from "yaml";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";

import { MIB } from "../../base/index.js";
import { openInputFile } from "../../disk/index.js";
import { readBounded } from "../read-bounded.js";
import { describeSystemError } from "../system-error.js";

/** A configuration is written by hand; a file past this is something else. */
const FILE_BYTES_MAX = 1 * MIB;

export interface FileSetting {
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

export interface FileContent {
  readonly settings: readonly FileSetting[];
  /** Each a sentence that begins with the file and the line. */
  readonly problems: readonly string[];
}

export async function readConfigFile(path: string): Promise<FileContent> {
  let text: string;
  try {
    const file = await openInputFile(path);
    const bytes = await readBounded(file.bytes, FILE_BYTES_MAX);
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return { settings: [], problems: [`${path}: ${describeSystemError(error)}`] };
  }
  return parseConfigText(text, path);
}

function parseConfigText(text: string, path: string): FileContent {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => `${path}:${String(lines.linePos(offset).line)}`;
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`);
    return { settings: [], problems };
  }
  const walk = new Walk(place, (offset) => lines.linePos(offset).line);
  if (document.contents !== null && !isEmpty(document.contents)) walk.map(document.contents, "");
  return { settings: walk.settings, problems: walk.problems };
}

/** One walk over the file's maps, gathering what it finds. */
class Walk {
  readonly settings: FileSetting[] = [];
  readonly problems: string[] = [];
  readonly #place: (offset: number) => string;
  readonly #line: (offset: number) => number;

  constructor(place: (offset: number) => string, line: (offset: number) => number) {
    this.#place = place;
    this.#line = line;
  }

  map(node: ParsedNode, prefix: string): void {
    if (!isMap<ParsedNode, ParsedNode | null>(node)) {
      this.#refuse(node, "expected a map of settings, such as `listen: 127.0.0.1:50051`");
      return;
    }
    for (const { key, value } of node.items) {
      if (!isScalar(key)) this.#refuse(key, "a setting's name must be plain text");
      else this.#member(prefix + String(key.value), key, value);
    }
  }

  #member(name: string, key: Scalar.Parsed, value: ParsedNode | null): void {
    if (isMap(value)) {
      this.map(value, `${name}.`);
    } else if (value === null || isEmpty(value)) {
      this.#refuse(key, `${name} has no value`);
    } else if (isScalar(value)) {
      this.settings.push({ name, text: sourceText(value), line: this.#line(key.range[0]) });
    } else {
      this.#refuse(value, `${name}: expected one value, not a list or a reference`);
    }
  }

  #refuse(node: ParsedNode, problem: string): void {
    this.problems.push(`${this.#place(node.range[0])}: ${problem}`);
  }
}

/** What stands in the file: `0.40` stays so, and is not a number first. */
function sourceText(scalar: Scalar.Parsed): string {
  return scalar.type === "PLAIN" ? scalar.source : String(scalar.value);
}

function isEmpty(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null && node.type === "PLAIN" && node.source === "";
}
