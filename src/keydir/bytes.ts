/**
 * Copies and comparisons of a few bytes, and bytes as integers that sort like them. Up to a few dozen, a loop takes less time than the call into
 * Node.js that does the same.
 */

const LOOP_BYTES_MAX = 40;

// eslint-disable-next-line @typescript-eslint/max-params -- An object for each call would cost more than the copy.
export function copyBytes(
  from: Buffer,
  fromAt: number,
  to: Buffer,
  toAt: number,
  length: number,
): void {
  if (length > LOOP_BYTES_MAX) from.copy(to, toAt, fromAt, fromAt + length);
  else for (let index = 0; index < length; index++) to[toAt + index] = from[fromAt + index] ?? 0;
}

/** Below zero: the left bytes come first. */
// eslint-disable-next-line @typescript-eslint/max-params -- As above.
export function compareBytes(
  left: Buffer,
  leftAt: number,
  right: Buffer,
  rightAt: number,
  length: number,
): number {
  if (length > LOOP_BYTES_MAX) {
    return left.compare(right, rightAt, rightAt + length, leftAt, leftAt + length);
  }
  for (let index = 0; index < length; index++) {
    const order = (left[leftAt + index] ?? 0) - (right[rightAt + index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** How many bytes the two keys, and so all between them, begin with alike. */
export function commonPrefixLength(first: Buffer, last: Buffer): number {
  const most = Math.min(first.length, last.length);
  let length = 0;
  while (length < most && first[length] === last[length]) length++;
  return length;
}

/** Four bytes of the key from `at` on as one integer that sorts like them; missing ones count as zero. */
export function hintAt(key: Buffer, at: number): number {
  return (
    (((key[at] ?? 0) << 24) |
      ((key[at + 1] ?? 0) << 16) |
      ((key[at + 2] ?? 0) << 8) |
      (key[at + 3] ?? 0)) >>>
    0
  );
}

/** Writes the four bytes of a hint to the key, as far as that goes. */
export function writeHint(hint: number, key: Buffer, at: number): void {
  // Bytes behind the key's end are not written, which is what is meant.
  key[at] = hint >>> 24;
  key[at + 1] = hint >>> 16;
  key[at + 2] = hint >>> 8;
  key[at + 3] = hint;
}
