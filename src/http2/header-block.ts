/** Blocks of header fields as bytes (HPACK, RFC 7541): read with a table that the peer fills, written without one. */

import {
  faultOf,
  fieldBytes,
  HeaderTable,
  staticIndexOf,
  type HeaderField,
  type ReceivedField,
} from "./header-table.js";
import { decodeHuffman } from "./huffman.js";
import { ConnectionError, ErrorCode } from "./protocol.js";

/** What a table may take until a setting says otherwise; ours says nothing. */
const TABLE_BYTES_MAX = 4096;

/** Numbers past 28 bits are of no use to anyone. */
const INTEGER_SHIFT_MAX = 21;

const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
const TABLE_SIZE = 0x20;
const HUFFMAN = 0x80;

export interface HeaderList {
  readonly fields: readonly ReceivedField[];
  /** It is longer than allowed, and `fields` has only its beginning. */
  readonly isTooLong: boolean;
}

/** Reads the blocks of one connection, in their order: each may depend on those before it. */
export class HeaderReader {
  readonly #table = new HeaderTable(TABLE_BYTES_MAX);
  readonly #listBytesMax: number;
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;

  constructor(listBytesMax: number) {
    this.#listBytesMax = listBytesMax;
  }

  /** Throws a ConnectionError where the block is damaged: no later one could be read either. */
  read(block: Buffer): HeaderList {
    this.#bytes = block;
    this.#position = 0;
    const fields: ReceivedField[] = [];
    let listBytes = 0;
    while (this.#position < block.length) {
      if (this.#isResize()) {
        if (listBytes > 0) throw damaged("the table's size changes in the middle of a block");
        this.#resize();
        continue;
      }
      const field = this.#field();
      listBytes += fieldBytes(field);
      if (listBytes <= this.#listBytesMax) fields.push(field);
    }
    return { fields, isTooLong: listBytes > this.#listBytesMax };
  }

  #isResize(): boolean {
    const byte = this.#bytes[this.#position] ?? 0;
    return (byte & (INDEXED | WITH_INDEXING | TABLE_SIZE)) === TABLE_SIZE;
  }

  #resize(): void {
    const bytesMax = this.#integer(TABLE_SIZE - 1);
    if (bytesMax > TABLE_BYTES_MAX) throw damaged("the table is larger than allowed");
    this.#table.resize(bytesMax);
  }

  #field(): ReceivedField {
    const byte = this.#bytes[this.#position] ?? 0;
    if ((byte & INDEXED) !== 0) return this.#known(this.#integer(INDEXED - 1));
    if ((byte & WITH_INDEXING) === 0) return this.#literal(0x0f);
    const field = this.#literal(WITH_INDEXING - 1);
    this.#table.add(field);
    return field;
  }

  #literal(indexMask: number): ReceivedField {
    const index = this.#integer(indexMask);
    const name = index === 0 ? this.#text() : this.#known(index).name;
    const value = this.#text();
    return { name, value, fault: faultOf(name, value) };
  }

  #known(index: number): ReceivedField {
    const field = this.#table.get(index);
    if (field === undefined) throw damaged("no field has that number");
    return field;
  }

  #integer(mask: number): number {
    let value = (this.#bytes[this.#position] ?? 0) & mask;
    this.#position += 1;
    if (value < mask) return value;
    for (let shift = 0; shift <= INTEGER_SHIFT_MAX; shift += 7) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) break;
      this.#position += 1;
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw damaged("a number is cut short or too large");
  }

  #text(): string {
    const isHuffman = ((this.#bytes[this.#position] ?? 0) & HUFFMAN) !== 0;
    const length = this.#integer(HUFFMAN - 1);
    const start = this.#position;
    const end = start + length;
    if (end > this.#bytes.length) throw damaged("a text is cut short");
    this.#position = end;
    if (!isHuffman) return this.#bytes.toString("latin1", start, end);
    const text = decodeHuffman(this.#bytes, start, end);
    if (text === undefined) throw damaged("a text is not rightly coded");
    return text;
  }
}

function damaged(what: string): ConnectionError {
  return new ConnectionError(ErrorCode.compressionError, `a header block is damaged: ${what}`);
}

/** Needs no table on the other side, so that it means the same wherever it is sent. */
export function writeHeaderBlock(fields: readonly HeaderField[]): Buffer {
  return Buffer.concat(fields.flatMap(writeField));
}

function writeField({ name, value }: HeaderField): readonly Buffer[] {
  const known = staticIndexOf(name, value);
  if (known?.hasValue === true) return [writeInteger(known.index, INDEXED, INDEXED - 1)];
  if (known !== undefined) return [writeInteger(known.index, 0, 0x0f), ...writeText(value)];
  return [Buffer.from([0]), ...writeText(name), ...writeText(value)];
}

function writeText(text: string): readonly Buffer[] {
  return [writeInteger(text.length, 0, HUFFMAN - 1), Buffer.from(text, "latin1")];
}

function writeInteger(value: number, flags: number, mask: number): Buffer {
  if (value < mask) return Buffer.from([flags | value]);
  const bytes = [flags | mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
