/** The tables of docs/reliability.md: what became of each damage, counted. */

import { copyOf, type Specimen } from "./specimens.js";
import {
  emptyTally,
  filesOf,
  flipBits,
  outcomeOf,
  type FileKind,
  type Share,
  type Tally,
} from "./flips.js";
import { HANDS, type Case } from "./hands.js";
import { judge, OUTCOMES, type Outcome } from "./judge.js";

/** A row of a table, by the cells before its counts. */
export interface Row {
  readonly name: string;
  readonly count: number;
  readonly tally: Tally;
}

const OUTCOME_NAMES = Object.keys(OUTCOMES) as readonly Outcome[];

/** What becomes of the share's bits, a row for each kind of file; `count` is that of all bits. */
export async function tallyBits(specimen: Specimen, share: Share): Promise<Row[]> {
  const rows = new Map<FileKind, Row>();
  for (const file of filesOf(specimen)) {
    const before = rows.get(file.kind) ?? {
      name: `${specimen.name} | ${file.kind}`,
      count: 0,
      tally: emptyTally(),
    };
    await flipBits(specimen, file, share, (outcome) => {
      before.tally[outcome] += 1;
    });
    rows.set(file.kind, { ...before, count: before.count + file.bits });
  }
  return [...rows.values()];
}

/** What becomes of everything else that is done to a store, a row for each thing done. */
export async function tallyHands(specimens: readonly Specimen[], share: Share): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, casesOf] of Object.entries(HANDS)) {
    const tally = emptyTally();
    let count = 0;
    for (const specimen of specimens) {
      for (const [index, each] of (await casesOf(specimen)).entries()) {
        count += 1;
        if (index % share.parts === share.part) tally[await outcomeOfCase(specimen, each)] += 1;
      }
    }
    rows.push({ name, count, tally });
  }
  return rows;
}

async function outcomeOfCase(specimen: Specimen, { what, file, harm }: Case): Promise<Outcome> {
  const disk = copyOf(specimen.disk);
  await harm(disk);
  // A snapshot that is gone cannot be restored from; to the store it is no part of it.
  if (file !== undefined && disk.files().includes(file.path)) {
    return outcomeOf(specimen, disk, file, what);
  }
  try {
    return await judge(specimen, disk, file?.path);
  } catch (error) {
    throw new Error(`${specimen.name}, ${what}: ${String(error)}`, { cause: error });
  }
}

/** Rows of the same name, added up: each worker has a share of their bits. */
export function addUp(parts: readonly (readonly Row[])[]): Row[] {
  const sums = new Map<string, Row>();
  for (const { name, count, tally } of parts.flat()) {
    const sum = sums.get(name) ?? { name, count, tally: emptyTally() };
    for (const outcome of OUTCOME_NAMES) sum.tally[outcome] += tally[outcome];
    sums.set(name, sum);
  }
  return [...sums.values()];
}

/** A table's lines, as the document has them. */
export function toLines(rows: readonly Row[]): string[] {
  return rows.map(({ name, count, tally }) => {
    const cells = [name, grouped(count), ...OUTCOME_NAMES.map((each) => grouped(tally[each]))];
    return `| ${cells.join(" | ")} |`;
  });
}

/** The rows between two markers of a document, read back. */
export function rowsIn(document: string, marker: string): Row[] {
  return linesBetween(document, marker).map((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const numbers = cells
      .slice(-OUTCOME_NAMES.length - 2, -1)
      .map((cell) => Number(cell.replaceAll(",", "")));
    const name = cells.slice(1, -OUTCOME_NAMES.length - 2).join(" | ");
    const [count = 0, ...counts] = numbers;
    const tally = emptyTally();
    OUTCOME_NAMES.forEach((outcome, index) => {
      tally[outcome] = counts[index] ?? 0;
    });
    return { name, count, tally };
  });
}

/** The document with these rows in place of those of their names; the order is that of `names`. */
export function withRows(document: string, marker: string, rows: readonly Row[]): string {
  const fresh = new Set(rows.map(({ name }) => name.split(" | ")[0]));
  const kept = rowsIn(document, marker).filter(({ name }) => !fresh.has(name.split(" | ")[0]));
  const { start, end } = placeOf(document, marker);
  return (
    document.slice(0, start) + toLines([...kept, ...rows]).join("\n") + "\n" + document.slice(end)
  );
}

function linesBetween(document: string, marker: string): string[] {
  const { start, end } = placeOf(document, marker);
  return document
    .slice(start, end)
    .split("\n")
    .filter((line) => line.startsWith("|"));
}

/** Behind the table's rule, and before the marker of its end. */
function placeOf(
  document: string,
  marker: string,
): { readonly start: number; readonly end: number } {
  const opening = document.indexOf(`<!-- ${marker} -->`);
  const rule = document.indexOf("|---", opening);
  const end = document.indexOf(`<!-- end of ${marker} -->`, rule);
  if (opening === -1 || rule === -1 || end === -1) throw new Error(`no table ${marker} is there`);
  return { start: document.indexOf("\n", rule) + 1, end };
}

function grouped(count: number): string {
  return count.toLocaleString("en");
}
