/**
 * Walks over the entries below a root, both ways, and counts without walking. The root must stay as it is
 * meanwhile: a pinned one, or one that nobody writes to before the walk has ended.
 */

import { childCount, childPosition, entryCount } from "./inner-page.js";
import type { PageWindow } from "./page.js";

/** Which keys to walk, and which way. */
export interface Walk {
  /** The lowest key, included. Absent: from the first. */
  readonly start?: Buffer | undefined;
  /** The highest key, excluded. Absent: to the last. */
  readonly end?: Buffer | undefined;
  readonly isDescending: boolean;
}

export interface WalkedEntry {
  readonly key: Buffer;
  /** The chunk that holds the payload, and where in it. */
  readonly bytes: Buffer;
  readonly payloadAt: number;
}

interface Step {
  readonly page: number;
  /** The child, or in a leaf the entry, that comes next. */
  position: number;
}

type NewWindow = (page: number) => PageWindow;

export function walkTree(
  newWindow: NewWindow,
  root: number,
  walk: Walk,
): IterableIterator<WalkedEntry> {
  return walk.isDescending ? walkDown(newWindow, root, walk) : walkUp(newWindow, root, walk);
}

function* walkUp(
  newWindow: NewWindow,
  root: number,
  { start, end }: Walk,
): IterableIterator<WalkedEntry> {
  const window = newWindow(root);
  const path = pathTo(window, root, start);
  for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
    window.moveTo(step.page);
    const { isLeaf, count } = window;
    if (step.position > (isLeaf ? count - 1 : count)) {
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) above.position++;
    } else if (isLeaf) {
      const key = window.key(step.position);
      if (end !== undefined && key.compare(end) >= 0) return;
      const payloadAt = window.payloadAt(step.position);
      step.position++;
      yield { key, bytes: window.bytes, payloadAt };
    } else path.push({ page: window.child(step.position), position: 0 });
  }
}

function* walkDown(
  newWindow: NewWindow,
  root: number,
  { start, end }: Walk,
): IterableIterator<WalkedEntry> {
  const window = newWindow(root);
  const path = end === undefined ? pathToLast(window, root) : pathTo(window, root, end);
  const leaf = path.at(-1);
  if (leaf !== undefined) leaf.position--;
  for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
    window.moveTo(step.page);
    if (step.position < 0) {
      path.pop();
      const above = path.at(-1);
      if (above !== undefined) above.position--;
    } else if (window.isLeaf) {
      const key = window.key(step.position);
      if (start !== undefined && key.compare(start) < 0) return;
      const payloadAt = window.payloadAt(step.position);
      step.position--;
      yield { key, bytes: window.bytes, payloadAt };
    } else {
      const child = window.child(step.position);
      window.moveTo(child);
      path.push({ page: child, position: lastPosition(window) });
    }
  }
}

/** Of the last entry in a leaf, of the last child in an inner page. */
function lastPosition(window: PageWindow): number {
  return window.isLeaf ? window.count - 1 : window.count;
}

/** How many entries have keys below this one; absent: how many there are. */
export function countBelow(newWindow: NewWindow, root: number, key: Buffer | undefined): number {
  const window = newWindow(root);
  if (key === undefined) return entryCount(window);
  let count = 0;
  for (const step of pathTo(window, root, key)) {
    window.moveTo(step.page);
    if (window.isLeaf) return count + step.position;
    for (let position = 0; position < step.position; position++)
      count += childCount(window, position);
  }
  return count;
}

/** The way to the first entry whose key is not below this one; absent: to the first. */
function pathTo(window: PageWindow, root: number, key: Buffer | undefined): Step[] {
  const path: Step[] = [];
  let page = root;
  for (;;) {
    window.moveTo(page);
    const { isLeaf } = window;
    const found = key === undefined ? ~0 : window.find(key);
    const position = !isLeaf ? childPosition(found) : found < 0 ? ~found : found;
    path.push({ page, position });
    if (isLeaf) return path;
    page = window.child(position);
  }
}

/** The way behind the last entry. */
function pathToLast(window: PageWindow, root: number): Step[] {
  const path: Step[] = [];
  let page = root;
  for (;;) {
    window.moveTo(page);
    path.push({ page, position: window.count });
    if (window.isLeaf) return path;
    page = window.child(window.count);
  }
}
