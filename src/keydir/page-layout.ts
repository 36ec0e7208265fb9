/**
 * Where things lie in a page of the tree.
 *
 *   0      2       4        6       8         10       12       16       20      28       32        160
 *   +------+-------+--------+-------+---------+--------+--------+--------+-------+--------+---------+--- ... ---+
 *   | kind | count | prefix | heap  | garbage | prefix | lowest | lowest | epoch | prefix | samples | slots →   |
 *   |      |       | length | start | bytes   | at     | child  | count  |       | hint   |         |    ← heap |
 *   +------+-------+--------+-------+---------+--------+--------+--------+-------+--------+---------+--- ... ---+
 *
 * The prefix is what all keys of the page have in common, kept once; the suffix is what follows. One of up to four
 * bytes is in the head as well, as an integer, where comparing it touches no other line of memory. A slot has
 * the suffix's first eight bytes as two integers, the hint, so that most comparisons end there; then where
 * the entry's cell lies in the heap, and how long the suffix is. A cell is the rest of the suffix, which
 * the hint does not hold, and the payload.
 *
 * The samples are of slots at even distances; see `page-samples.ts`.
 *
 * Two kinds: a leaf's payload is what the tree maps to; an inner page's is a child and how many entries
 * are below it. Keys below a child are at or above its key; the lowest child has none.
 */

import { SLOT_BYTES } from "./page-room.js";

export const LEAF = 1;
export const INNER = 2;
export type PageKind = typeof LEAF | typeof INNER;

/** In 16-bit units from the page's start. */
export const KIND = 0;
export const COUNT = 1;
export const PREFIX_LENGTH = 2;
export const HEAP_START = 3;
export const GARBAGE = 4;
export const PREFIX_AT = 5;
/** In 32-bit words from here on. */
export const LOWEST_CHILD = 3;
export const LOWEST_COUNT = 4;
/** In two of them, the lower first: an epoch ends with nearly every pin, and there may be a thousand a second. */
export const EPOCH = 5;
export const PREFIX_HINT = 7;
export const PREFIX_HINT_BYTES = 4;
export const WORD_VALUES = 2 ** 32;

export const SLOT_HALVES = SLOT_BYTES / 2;
/** In 16-bit units from the slot's start. */
export const CELL_AT = 4;
export const SUFFIX_LENGTH = 5;
