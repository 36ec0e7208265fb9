/**
 * Keys that are about to be asked for in this order, known again by their buffers, so that what was found out about all of
 * them at once is found by position. Nobody may change the bytes of a key meanwhile.
 */

/**
 * What is had at hand of so many keys stays in a processor's caches until it is used. The heads of pages, above all,
 * have few places there, because they lie at equal distances.
 */
export const FORESEEN_KEYS_MAX = 16;

/** Of keys that are not asked for after all, so many in a row are passed over. */
const PASSED_OVER_MAX = 4;

const NONE: readonly Buffer[] = [];

export class ForeseenKeys {
  #keys = NONE;
  #count = 0;
  /** Of the key that was asked for last, which may be asked for again. */
  #position = 0;

  /** Of more keys than FORESEEN_KEYS_MAX, the first. Returns how many. */
  expect(keys: readonly Buffer[]): number {
    this.#keys = keys;
    this.#count = Math.min(keys.length, FORESEEN_KEYS_MAX);
    this.#position = 0;
    return this.#count;
  }

  /** Undefined: it is none of the keys that come next. */
  positionOf(key: Buffer): number | undefined {
    const keys = this.#keys;
    const end = Math.min(this.#position + PASSED_OVER_MAX, this.#count);
    for (let position = this.#position; position < end; position++) {
      if (keys[position] !== key) continue;
      this.#position = position;
      return position;
    }
    return undefined;
  }
}
