/** Whether bytes are valid UTF-8. Most keys are short and of ASCII characters, which this knows without a call. */

import { isUtf8 } from "node:buffer";

/** Up to here a loop over the bytes is faster than a call out of JavaScript. */
const ASCII_LOOP_BYTES_MAX = 64;

export function isText(bytes: Buffer, start: number, end: number): boolean {
  let position = start;
  const loopEnd = Math.min(end, position + ASCII_LOOP_BYTES_MAX);
  while (position < loopEnd && (bytes[position] ?? 0) < 0x80) position += 1;
  return position === end || isUtf8(bytes.subarray(position, end));
}
