/** What an inner page tells of its children. */

import type { PageWindow } from "./page.js";

/** In an inner page's payload, behind the child. */
const COUNT_OFFSET = 4;

/** Which child leads to the key: an inner page's key is the lowest of the child behind it. */
export function childPosition(found: number): number {
  return found < 0 ? ~found : found + 1;
}

/** How many entries are below the child at a position from 0, the lowest, to `count`. */
export function childCount(window: PageWindow, position: number): number {
  if (position === 0) return window.lowestCount;
  return window.bytes.readUInt32LE(window.payloadAt(position - 1) + COUNT_OFFSET);
}

export function setChild(window: PageWindow, position: number, page: number): void {
  if (position === 0) window.lowestChild = page;
  else window.bytes.writeUInt32LE(page, window.payloadAt(position - 1));
}

export function setChildCount(window: PageWindow, position: number, count: number): void {
  if (position === 0) window.lowestCount = count;
  else window.bytes.writeUInt32LE(count, window.payloadAt(position - 1) + COUNT_OFFSET);
}

/** How many entries of the tree are below the page. */
export function entryCount(window: PageWindow): number {
  if (window.isLeaf) return window.count;
  let count = 0;
  for (let position = 0; position <= window.count; position++)
    count += childCount(window, position);
  return count;
}
