/**
 * Large pieces of memory that a store keeps: outside the JavaScript heap, and out of the collector's sight.
 *
 * The collector counts the bytes of each ArrayBuffer as if they were likely to be garbage: whenever eight million or so were
 * taken it marks all of its heap, which holds the event loop up. So a directory or a cache that grows would pay for that every
 * second or two, for nothing. Memory that threads may share it does not count (docs/decisions/uncounted-memory.md).
 */

/** Zeros. No thread shares them: it is a SharedArrayBuffer for not being counted, and nothing else. */
export function takeMemory(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}
