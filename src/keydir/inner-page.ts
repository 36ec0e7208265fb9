/** What an inner page tells of its children. */

import type { PageWindow } from "./page.js";

/** Which child leads to the key: an inner page's key is the lowest of the child behind it. */
export function childPosition(found: number): number {
  return found < 0 ? ~found : found + 1;
}

/** How many entries of the tree are below the page. */
export function entryCount(window: PageWindow): number {
  if (window.isLeaf) return window.count;
  let count = 0;
  for (let position = 0; position <= window.count; position++) count += window.childCount(position);
  return count;
}
