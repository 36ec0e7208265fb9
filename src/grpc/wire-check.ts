/**
 * Finds what is wrong with a serialised message, before anything is made of it: a length past the end of
 * what holds it, a tag that cannot be, text that is not UTF-8, a 64-bit integer that a number cannot hold,
 * nesting without end. Fields that the schema does not know are let through whole, as protobuf wants.
 *
 * The generated readers are laxer: they stop quietly at a zero tag or at a stray end of a group, read an
 * embedded message past its own end, and put U+FFFD where text is broken. A store whose keys are text
 * cannot take any of that, so every request passes here first. The price is 30 to 200 ns for a request
 * whose decoding costs 170 to 1,000 ns (docs/decisions/strict-decoding.md).
 */

import { BinaryReader } from "@bufbuild/protobuf/wire";

import type { FieldKind, FieldShape, MessageShape } from "./message-shape.js";
import { isText } from "./text-check.js";

export interface Damage {
  /** A path in schema names, `range.interval.start`. Empty: no one field, but the message as a whole. */
  readonly field: string;
  readonly problem: string;
}

/** As in the generated readers and in protobuf's own, so that no message can exhaust the stack. */
const NESTING_MAX = 100;

/** How a value lies on the wire, as the lowest bits of its tag say it. */
const WireType = {
  varint: 0,
  bits64: 1,
  delimited: 2,
  startGroup: 3,
  endGroup: 4,
  bits32: 5,
} as const;

const TAG_MIN = 8;
const WIRE_TYPE_BITS = 3;
const WIRE_TYPE_MASK = 7;
const VARINT_BYTES_MAX = 10;
const VARINT32_BYTES_MAX = 5;
/** In the fifth byte of a 32-bit varint only four bits are left. */
const VARINT32_LAST_BYTE_MAX = 0x0f;
/** 7 bytes carry 49 bits, so whatever is no longer is a safe integer. */
const SAFE_VARINT_BYTES_MAX = 7;

const MALFORMED = -1;

const CUT_SHORT = "must be whole, but it ends early or claims more bytes than there are";
const BAD_TAG = "must be a well-formed protobuf message, but it has a tag that cannot be";
const BAD_TEXT = "must be valid UTF-8";
const UNSAFE_INTEGER = "must be an integer from -(2^53 - 1) to 2^53 - 1";
const TOO_DEEP = `must not nest more than ${String(NESTING_MAX)} messages`;

/** What is wrong first with the bytes of a message of that shape. Undefined: nothing is. */
export function findDamage(bytes: Buffer, shape: MessageShape): Damage | undefined {
  return new WireCheck(bytes).message(shape, bytes.length, 1);
}

class WireCheck {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Checks a message that lies from the position to `end`. `depth` counts from 1. */
  message(shape: MessageShape, end: number, depth: number): Damage | undefined {
    if (depth > NESTING_MAX) return { field: "", problem: TOO_DEEP };
    const start = this.#position;
    while (this.#position < end) {
      const fieldStart = this.#position;
      const tag = this.#varint32(end);
      if (tag === MALFORMED || tag < TAG_MIN) return { field: "", problem: BAD_TAG };
      const field = shape.fields.get(tag >>> WIRE_TYPE_BITS);
      const wireType = wireTypeOf(tag);
      if (field === undefined) {
        const problem = this.#skip(tag, end, depth);
        if (problem !== undefined) return { field: "", problem };
        continue;
      }
      const damage =
        wireType === WireType.delimited
          ? this.#delimited(field, end, depth)
          : damageHere(this.#scalar(field.kind, tag, end, depth));
      if (damage !== undefined) {
        const index = field.repeated
          ? this.#countFields(start, fieldStart, field.number)
          : undefined;
        return within(field, index, damage);
      }
    }
    return undefined;
  }

  /** A known field whose value has a length before it. */
  #delimited(field: FieldShape, end: number, depth: number): Damage | undefined {
    const length = this.#varint32(end);
    const valueEnd = this.#position + length;
    if (length === MALFORMED || valueEnd > end) return damageHere(CUT_SHORT);
    switch (field.kind) {
      case "text":
        if (!isText(this.#bytes, this.#position, valueEnd)) return damageHere(BAD_TEXT);
        break;
      case "message":
        if (field.message !== undefined) return this.message(field.message, valueEnd, depth + 1);
        break;
      case "bytes":
        break;
      default:
        // Numbers of a repeated field, packed. A single one in this form is unknown, and passed over.
        if (field.repeated) return damageHere(this.#packed(field.kind, valueEnd, depth));
    }
    this.#position = valueEnd;
    return undefined;
  }

  #packed(kind: FieldKind, end: number, depth: number): string | undefined {
    const wireType = packedWireType(kind);
    while (this.#position < end) {
      const problem = this.#scalar(kind, wireType, end, depth);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** A value without a length before it; where it is a 64-bit integer, it must be a safe one. */
  #scalar(kind: FieldKind, tag: number, end: number, depth: number): string | undefined {
    const start = this.#position;
    const problem = this.#skip(tag, end, depth);
    if (problem !== undefined) return problem;
    const wireType = wireTypeOf(tag);
    if (wireType === WireType.varint) {
      if (this.#position - start <= SAFE_VARINT_BYTES_MAX) return undefined;
      return isSafeVarint(kind, this.#bigVarint(start)) ? undefined : UNSAFE_INTEGER;
    }
    if (wireType === WireType.bits64) {
      return isSafeFixed(kind, this.#bytes.readBigUInt64LE(start)) ? undefined : UNSAFE_INTEGER;
    }
    return undefined;
  }

  /** Passes over a value of any kind. */
  #skip(tag: number, end: number, depth: number): string | undefined {
    switch (wireTypeOf(tag)) {
      case WireType.varint:
        return this.#skipVarint(end);
      case WireType.bits64:
        return this.#advance(8, end);
      case WireType.bits32:
        return this.#advance(4, end);
      case WireType.delimited: {
        const length = this.#varint32(end);
        return length === MALFORMED ? CUT_SHORT : this.#advance(length, end);
      }
      case WireType.startGroup:
        return this.#skipGroup(tag >>> WIRE_TYPE_BITS, end, depth + 1);
      default:
        return BAD_TAG;
    }
  }

  /** Nothing of ours is a group, but a message may carry one as an unknown field. */
  #skipGroup(fieldNumber: number, end: number, depth: number): string | undefined {
    if (depth > NESTING_MAX) return TOO_DEEP;
    while (this.#position < end) {
      const tag = this.#varint32(end);
      if (tag === MALFORMED || tag < TAG_MIN) return BAD_TAG;
      if (wireTypeOf(tag) === WireType.endGroup) {
        return tag >>> WIRE_TYPE_BITS === fieldNumber ? undefined : BAD_TAG;
      }
      const problem = this.#skip(tag, end, depth);
      if (problem !== undefined) return problem;
    }
    return CUT_SHORT;
  }

  #advance(length: number, end: number): string | undefined {
    if (this.#position + length > end) return CUT_SHORT;
    this.#position += length;
    return undefined;
  }

  #skipVarint(end: number): string | undefined {
    const lastEnd = Math.min(end, this.#position + VARINT_BYTES_MAX);
    while (this.#position < lastEnd) {
      if (this.#byte() < 0x80) return undefined;
    }
    return CUT_SHORT;
  }

  /** A tag or a length: an unsigned varint of 32 bits, or MALFORMED. */
  #varint32(end: number): number {
    let value = 0;
    for (let index = 0; index < VARINT32_BYTES_MAX && this.#position < end; index += 1) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << (7 * index);
      if (byte >= 0x80) continue;
      const overflows = index === VARINT32_BYTES_MAX - 1 && byte > VARINT32_LAST_BYTE_MAX;
      return overflows ? MALFORMED : value >>> 0;
    }
    return MALFORMED;
  }

  #bigVarint(start: number): bigint {
    let value = 0n;
    for (let index = start; index < this.#position; index += 1) {
      value |= BigInt((this.#bytes[index] ?? 0) & 0x7f) << BigInt(7 * (index - start));
    }
    return BigInt.asUintN(64, value);
  }

  #byte(): number {
    const byte = this.#bytes[this.#position] ?? 0;
    this.#position += 1;
    return byte;
  }

  /** How often a field lies between two places. Only the way to an error asks. */
  #countFields(start: number, end: number, fieldNumber: number): number {
    const reader = new BinaryReader(this.#bytes.subarray(start, end));
    let count = 0;
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      if (number === fieldNumber) count += 1;
      reader.skip(wireType, number);
    }
    return count;
  }
}

/** Three bits, of which two values are no wire type at all. */
function wireTypeOf(tag: number): number {
  return tag & WIRE_TYPE_MASK;
}

function damageHere(problem: string | undefined): Damage | undefined {
  return problem === undefined ? undefined : { field: "", problem };
}

/** Damage inside a field's value, told from the message that holds the field. */
function within(field: FieldShape, index: number | undefined, inner: Damage): Damage {
  const name = index === undefined ? field.name : `${field.name}[${String(index)}]`;
  return {
    field: inner.field === "" ? name : `${name}.${inner.field}`,
    problem: inner.problem,
  };
}

function packedWireType(kind: FieldKind): number {
  switch (kind) {
    case "fixed64":
    case "sfixed64":
    case "bits64":
      return WireType.bits64;
    case "bits32":
      return WireType.bits32;
    default:
      return WireType.varint;
  }
}

/**
 * Whether the 64 bits of a varint are an integer that a number holds exactly. A field of another kind is
 * cut to 32 bits, or does not belong in this form and is passed over.
 */
function isSafeVarint(kind: FieldKind, bits: bigint): boolean {
  switch (kind) {
    case "int64":
      return isSafeInteger(BigInt.asIntN(64, bits));
    case "uint64":
      return isSafeInteger(bits);
    case "sint64":
      return isSafeInteger((bits >> 1n) ^ -(bits & 1n));
    default:
      return true;
  }
}

/** The same for eight bytes that lie as they are. */
function isSafeFixed(kind: FieldKind, bits: bigint): boolean {
  switch (kind) {
    case "sfixed64":
      return isSafeInteger(BigInt.asIntN(64, bits));
    case "fixed64":
      return isSafeInteger(bits);
    default:
      return true;
  }
}

function isSafeInteger(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
}
