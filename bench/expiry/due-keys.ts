/** Which keys there are, and when each falls due: told by its number, so that whoever is told of a key knows its deadline. */

/** Of every key. */
export const KEY_BYTES = 16;

const DUE_PREFIX = "due/";
const LASTING_PREFIX = "lasting/";
const WARM_UP_PREFIX = "warmup/";

/** Most keys. Both primes are greater, so that a step of so many comes by every key once. */
export const KEY_COUNT_MAX = 10_000_000;
const SETTING_STEP = 15_485_863;
const DEADLINE_STEP = 32_452_843;

/** How many keys fall due, and when. */
export interface DueKeys {
  readonly keyCount: number;
  /** Their deadlines lie evenly over so many milliseconds. 0: all of them fall due at once. */
  readonly spreadMs: number;
}

/** The number of the key that is set after so many others: neither their order nor that of their deadlines. */
export function numberOfSetting(setBefore: number, keyCount: number): number {
  return (setBefore * SETTING_STEP) % keyCount;
}

/** How long after the first deadline the key of that number falls due. */
export function dueAfterMs(number: number, { keyCount, spreadMs }: DueKeys): number {
  const place = (number * DEADLINE_STEP) % keyCount;
  return Math.floor((place * spreadMs) / keyCount);
}

export function dueKey(number: number): string {
  return numbered(DUE_PREFIX, number);
}

/** Of a key that is not due as long as anyone watches. */
export function lastingKey(number: number): string {
  return numbered(LASTING_PREFIX, number);
}

/** Of a key that falls due before, so that what is measured is code that was compiled. */
export function warmUpKey(number: number): string {
  return numbered(WARM_UP_PREFIX, number);
}

export function isWarmUpKey(key: string): boolean {
  return key.startsWith(WARM_UP_PREFIX);
}

/** NaN where it is no key that is measured. */
export function numberOfDueKey(key: string): number {
  return key.startsWith(DUE_PREFIX) ? Number(key.slice(DUE_PREFIX.length)) : Number.NaN;
}

function numbered(prefix: string, number: number): string {
  return prefix + String(number).padStart(KEY_BYTES - prefix.length, "0");
}
