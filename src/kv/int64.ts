/** 64-bit integers as decimal text, as Increment reads and writes them. */

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** No sign of plus, no zeros before it, nothing around it: what is written, and nothing else, can be read. */
const DECIMAL = /^(?:0|-?[1-9][0-9]{0,18})$/;
const DECIMAL_BYTES_MAX = 20;

export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** Undefined: these bytes are no such text. */
export function parseInt64(bytes: Buffer): bigint | undefined {
  if (bytes.length > DECIMAL_BYTES_MAX) return undefined;
  const text = bytes.toString("latin1");
  if (!DECIMAL.test(text)) return undefined;
  const value = BigInt(text);
  return isInt64(value) ? value : undefined;
}
