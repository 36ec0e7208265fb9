/**
 * Cuts a stream of bytes into lines, numbered from 1. A line that is too long is named and passed over,
 * never gathered, so the memory is bounded whatever the file is.
 */

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export type Line =
  | { readonly kind: "line"; readonly number: number; readonly bytes: Buffer }
  | { readonly kind: "too-long"; readonly number: number };

/** The line ends `\n` and `\r\n` are not part of a line. The last line may lack one. */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  lineBytesMax: number,
): AsyncGenerator<Line, void, undefined> {
  const line = new GrowingLine(lineBytesMax);
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end === -1) break;
      line.append(chunk.subarray(start, end));
      yield line.take();
      start = end + 1;
    }
    line.append(chunk.subarray(start));
  }
  if (line.hasBytes) yield line.take();
}

class GrowingLine {
  readonly #bytesMax: number;
  #parts: Buffer[] = [];
  #sizeBytes = 0;
  #number = 1;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get hasBytes(): boolean {
    return this.#sizeBytes > 0;
  }

  append(part: Buffer): void {
    this.#sizeBytes += part.length;
    if (this.#sizeBytes > this.#bytesMax) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  take(): Line {
    const number = this.#number;
    const isTooLong = this.#sizeBytes > this.#bytesMax;
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#sizeBytes = 0;
    this.#number += 1;
    if (isTooLong) return { kind: "too-long", number };
    const hasReturn = bytes.at(-1) === CARRIAGE_RETURN;
    return { kind: "line", number, bytes: hasReturn ? bytes.subarray(0, -1) : bytes };
  }
}
