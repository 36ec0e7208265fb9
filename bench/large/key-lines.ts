/** The keys of a large store, as lines that `kvdb import` takes: in random order, each with 100 bytes of value. */

import { Readable } from "node:stream";

const LINES_PER_CHUNK = 1000;
/** With its two quotation marks, which are stored too: the value is JSON. */
const VALUE_TEXT_BYTES = 98;
const VALUE = "v".repeat(VALUE_TEXT_BYTES - 1);

/** A prime above any count: its multiples modulo the count's next prime visit every key in a scattered order. */
const STEP = 2_654_435_761n;

/** Sixteen bytes: the key of the so-manieth line. All are different, and their order looks random. */
export function keyOf(line: number): string {
  // Multiplying by an odd number modulo 2^60 is a bijection.
  const scattered = (BigInt(line) * STEP * STEP) & 0xfff_ffff_ffff_ffffn;
  return `k${scattered.toString(16).padStart(15, "0")}`;
}

/** So many lines from `first` on; `mark` is one character that tells one round of values from another. */
export function keyLines(first: number, count: number, mark: string): Readable {
  return Readable.from(chunks(first, count, mark), { objectMode: false });
}

function* chunks(first: number, count: number, mark: string): IterableIterator<string> {
  for (let at = 0; at < count; at += LINES_PER_CHUNK) {
    let text = "";
    const end = Math.min(count, at + LINES_PER_CHUNK);
    for (let line = first + at; line < first + end; line++) {
      text += `{"key":"${keyOf(line)}","value":"${mark}${VALUE}"}\n`;
    }
    yield text;
  }
}
