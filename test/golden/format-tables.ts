/** Reads the tables of docs/format.md, so that the document and the code can be held against each other. */

import { readFileSync } from "node:fs";

export const FORMAT_DOCUMENT = readFileSync("docs/format.md", "utf8");

/** One row of a table of offsets. */
export interface FieldRow {
  readonly offset: number;
  /** Undefined where the document says "rest". */
  readonly bytes: number | undefined;
  readonly field: string;
}

/** The rows of every table under a heading, cells trimmed, headers and rules left out. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const lines = FORMAT_DOCUMENT.split("\n");
  const start = lines.findIndex((line) => line.replace(/^#+ /, "") === heading && line !== heading);
  if (start === -1) throw new Error(`docs/format.md has no heading ${heading}`);
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.startsWith("#"));
  return rest
    .slice(0, end === -1 ? undefined : end)
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The table of offsets under a heading. */
export function fieldsUnder(heading: string): readonly FieldRow[] {
  return rowsUnder(heading)
    .filter((cells) => cells.length === 4 && /^\d+$/.test(cells[0] ?? ""))
    .map(([offset = "", bytes = "", field = ""]) => ({
      offset: Number(offset),
      bytes: bytes === "rest" ? undefined : Number(bytes),
      field,
    }));
}

/** Number and name of each row in the three-column tables whose first column is headed so. */
export function namesUnder(heading: string, column: string): Readonly<Record<string, number>> {
  const names: Record<string, number> = {};
  let isThere = false;
  for (const [first = "", name = ""] of rowsUnder(heading)) {
    if (first.startsWith("-")) continue;
    if (!/^\d+$/.test(first)) isThere = first === column;
    else if (isThere) names[name] = Number(first);
  }
  return names;
}

/** The first column of the tables under a heading that are headed `member`, table by table. */
export function membersUnder(heading: string): readonly (readonly string[])[] {
  const tables: string[][] = [];
  for (const [first = ""] of rowsUnder(heading)) {
    if (first === "member") tables.push([]);
    else if (!first.startsWith("-")) tables.at(-1)?.push(first.replaceAll("`", ""));
  }
  return tables;
}

/** What lies in the bytes under the document's name for it, as a number or, if longer, as bytes. */
export function readField(heading: string, field: string, bytes: Buffer): number | Buffer {
  const row = fieldsUnder(heading).find((each) => each.field === field);
  if (row === undefined) throw new Error(`docs/format.md, ${heading}: there is no ${field}`);
  const size = row.bytes ?? bytes.length - row.offset;
  const found = bytes.subarray(row.offset, row.offset + size);
  switch (size) {
    case 1:
    case 2:
    case 4:
      return found.readUIntLE(0, size);
    case 8:
      return Number(found.readBigUInt64LE(0));
    default:
      return Buffer.from(found);
  }
}
