/**
 * Keys as people sort what has numbers in it, a2 before a10: a run of digits counts as the number that it
 * stands for, however many digits that has, and lies where digits do; all else counts byte by byte. Keys that
 * are the same then, but for zeros before their numbers, go by their bytes. Digits are 0 to 9 of ASCII.
 *
 * A name has the codes of the key without those zeros, and an end. The end is MIDDLE if there are none. Else it
 * is LOW or HIGH, as the key is below or above the one without them, and behind it is, for each
 * number, how many zeros there are, turned over where more of them make the key lower.
 */

import { namesFrom, type KeyOrder, type PrefixStretch } from "./key-order.js";
import {
  ABOVE_NUMBERS,
  CodeReader,
  DIGIT_0,
  DIGIT_9,
  END,
  isNumberCode,
  LONG_NUMBER_CODE,
  LONG_NUMBER_DIGITS,
  NUMBER_CODE,
  readCount,
  writeCode,
  writeCount,
} from "./name-codes.js";

/** Room for the end and the counts of a key that is all digits. */
const NAME_ROOM_BYTES = 16;

/** A run of digits in a key. */
interface Run {
  /** Where the zeros before the number begin. */
  readonly start: number;
  /** Where the number begins; the number 0 has one digit. */
  readonly numberStart: number;
  readonly end: number;
}

export const NATURAL_ORDER: KeyOrder = {
  id: "natural",
  nameOf(key) {
    const name = Buffer.allocUnsafe(2 * key.length + NAME_ROOM_BYTES);
    const { end, firstWithZeros } = writeTokens(key, name);
    if (firstWithZeros === undefined) {
      name[end] = END.MIDDLE;
      return name.subarray(0, end + 1);
    }
    name[end] = isLowerWithZeros(key, firstWithZeros) ? END.LOW : END.HIGH;
    return name.subarray(0, writeZeros(key, name, end + 1));
  },
  keyOf(name) {
    const codes = new CodeReader(name);
    const plain = Buffer.allocUnsafe(name.length);
    let length = 0;
    let code = codes.next();
    for (; code > END.HIGH; code = codes.next()) {
      if (isNumberCode(code)) {
        const digitCount =
          code === LONG_NUMBER_CODE
            ? LONG_NUMBER_DIGITS + readCount(() => codes.next())
            : code - NUMBER_CODE;
        for (let digit = 0; digit < digitCount; digit++) plain[length++] = codes.next();
      } else plain[length++] = codes.byteOf(code);
    }
    const key = plain.subarray(0, length);
    return code === END.MIDDLE ? key : withZeros(key, codes);
  },
  stretchOf,
  // At the worst, numbers of two digits: three bytes with the one between, and five with a count of zeros.
  nameBytesMax: (keyBytes) => Math.floor((5 * (keyBytes + 1)) / 3),
};

function stretchOf(prefix: Buffer): PrefixStretch {
  const hasDigits = prefix.some(isDigit);
  const name = Buffer.allocUnsafe(2 * prefix.length + NAME_ROOM_BYTES);
  const { end, lastStart } = writeTokens(prefix, name);
  const start = name.subarray(0, end);
  if (!isDigit(prefix.at(-1))) return { ...namesFrom(start), isExact: !hasDigits };
  // More digits may follow, so any number is meant from this one on, as far as its place in the order goes.
  const above = Buffer.from([...name.subarray(0, lastStart), ABOVE_NUMBERS]);
  return { start, end: above, isExact: false };
}

/** Writes the codes of the key without zeros before its numbers. */
function writeTokens(
  key: Buffer,
  name: Buffer,
): {
  readonly end: number;
  /** Where the last code begins, a number's included. */
  readonly lastStart: number;
  readonly firstWithZeros: Run | undefined;
} {
  let end = 0;
  let lastStart = 0;
  let firstWithZeros: Run | undefined;
  for (let at = 0; at < key.length;) {
    const byte = key[at] ?? 0;
    lastStart = end;
    if (isDigit(byte)) {
      const run = runAt(key, at);
      if (run.numberStart > run.start) firstWithZeros ??= run;
      end = writeNumber(key, run, name, end);
      at = run.end;
    } else {
      end = writeCode(byte, name, end);
      at++;
    }
  }
  return { end, lastStart, firstWithZeros };
}

function writeNumber(
  key: Buffer,
  { numberStart, end: runEnd }: Run,
  name: Buffer,
  at: number,
): number {
  const digitCount = runEnd - numberStart;
  if (digitCount === 1) return writeCode(key[numberStart] ?? 0, name, at);
  let end = at + 1;
  if (digitCount < LONG_NUMBER_DIGITS) name[at] = NUMBER_CODE + digitCount;
  else {
    name[at] = LONG_NUMBER_CODE;
    end = writeCount(digitCount - LONG_NUMBER_DIGITS, name, end);
  }
  for (let index = numberStart; index < runEnd; index++) name[end++] = key[index] ?? 0;
  return end;
}

/** Writes how many zeros are before each number; returns where that ends. */
function writeZeros(key: Buffer, name: Buffer, from: number): number {
  let at = from;
  for (const run of runsOf(key)) {
    const end = writeCount(run.numberStart - run.start, name, at);
    if (isLowerWithZeros(key, run)) turnOver(name.subarray(at, end));
    at = end;
  }
  return at;
}

/** The key with the zeros that the rest of its name tells of. */
function withZeros(plain: Buffer, codes: CodeReader): Buffer {
  const parts: Buffer[] = [];
  let done = 0;
  for (const run of runsOf(plain)) {
    const mask = isLowerWithZeros(plain, run) ? 0xff : 0;
    const zeroCount = readCount(() => codes.next() ^ mask);
    parts.push(plain.subarray(done, run.start), Buffer.alloc(zeroCount, DIGIT_0));
    done = run.start;
  }
  return Buffer.concat([...parts, plain.subarray(done)]);
}

/**
 * Whether the key is lower the more zeros there are before this number. They push back the first digit of
 * the number, which is above them; and of the number 0, whatever follows.
 */
function isLowerWithZeros(key: Buffer, run: Run): boolean {
  if (key[run.numberStart] !== DIGIT_0) return true;
  return (key[run.end] ?? 0) > DIGIT_9;
}

function* runsOf(key: Buffer): IterableIterator<Run> {
  for (let at = 0; at < key.length; at++) {
    if (!isDigit(key[at])) continue;
    const run = runAt(key, at);
    yield run;
    at = run.end;
  }
}

function runAt(key: Buffer, start: number): Run {
  let end = start + 1;
  while (isDigit(key[end])) end++;
  let numberStart = start;
  while (numberStart < end - 1 && key[numberStart] === DIGIT_0) numberStart++;
  return { start, numberStart, end };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= DIGIT_0 && byte <= DIGIT_9;
}

function turnOver(bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at++) bytes[at] = ~(bytes[at] ?? 0);
}
