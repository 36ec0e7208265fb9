/**
 * Where one zstd frame ends and the next begins (RFC 8878, section 3.1), without decompressing either: a large value is
 * many frames, and is read frame by frame.
 */

const MAGIC = 0xfd2f_b528;
const MAGIC_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;

const DESCRIPTOR_DICTIONARY = 3;
const DESCRIPTOR_CHECKSUM = 1 << 2;
const DESCRIPTOR_SINGLE_SEGMENT = 1 << 5;
const DESCRIPTOR_CONTENT_SIZE_SHIFT = 6;

/** By the two bits of the descriptor that say so. */
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

const BLOCK_LAST = 1;
const BLOCK_TYPE_SHIFT = 1;
const BLOCK_TYPE_MASK = 3;
const BLOCK_SIZE_SHIFT = 3;
const BLOCK_TYPE_REPEATED = 1;
const BLOCK_TYPE_RESERVED = 3;

/** The offset behind the frame that starts at `start`. Undefined: no whole frame lies there. */
export function frameEnd(bytes: Buffer, start: number): number | undefined {
  const descriptorAt = start + MAGIC_BYTES;
  if (descriptorAt >= bytes.length || bytes.readUInt32LE(start) !== MAGIC) return undefined;
  const descriptor = bytes.readUInt8(descriptorAt);
  const end = blocksEnd(bytes, descriptorAt + 1 + fieldBytes(descriptor));
  if (end === undefined) return undefined;
  const frame = end + ((descriptor & DESCRIPTOR_CHECKSUM) === 0 ? 0 : CHECKSUM_BYTES);
  return frame <= bytes.length ? frame : undefined;
}

/** Of the frame's header, behind its descriptor. */
function fieldBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & DESCRIPTOR_SINGLE_SEGMENT) !== 0;
  const window = isSingleSegment ? 0 : 1;
  const dictionary = DICTIONARY_ID_BYTES[descriptor & DESCRIPTOR_DICTIONARY] ?? 0;
  const content = CONTENT_SIZE_BYTES[descriptor >>> DESCRIPTOR_CONTENT_SIZE_SHIFT] ?? 0;
  return window + dictionary + (content === 0 && isSingleSegment ? 1 : content);
}

function blocksEnd(bytes: Buffer, start: number): number | undefined {
  for (let at = start; at + BLOCK_HEADER_BYTES <= bytes.length;) {
    const header = bytes.readUIntLE(at, BLOCK_HEADER_BYTES);
    const type = (header >>> BLOCK_TYPE_SHIFT) & BLOCK_TYPE_MASK;
    if (type === BLOCK_TYPE_RESERVED) return undefined;
    at += BLOCK_HEADER_BYTES + (type === BLOCK_TYPE_REPEATED ? 1 : header >>> BLOCK_SIZE_SHIFT);
    if ((header & BLOCK_LAST) !== 0) return at;
  }
  return undefined;
}
