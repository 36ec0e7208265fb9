/** Frames as bytes. */

import { FRAME_HEAD_BYTES, FrameType, type ErrorCode } from "./protocol.js";

/** Where a frame's payload starts. */
export function writeFrameHead(
  bytes: Buffer,
  at: number,
  { type, flags, streamId, length }: FrameHead,
): number {
  bytes[at] = length >>> 16;
  bytes[at + 1] = length >>> 8;
  bytes[at + 2] = length;
  bytes[at + 3] = type;
  bytes[at + 4] = flags;
  bytes[at + 5] = streamId >>> 24;
  bytes[at + 6] = streamId >>> 16;
  bytes[at + 7] = streamId >>> 8;
  bytes[at + 8] = streamId;
  return at + FRAME_HEAD_BYTES;
}

export interface FrameHead {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  /** Of its payload. */
  readonly length: number;
}

/** A frame with a payload of 32-bit numbers. */
function numbersFrame(type: number, streamId: number, numbers: readonly number[]): Buffer {
  const length = numbers.length * 4;
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + length);
  let at = writeFrameHead(bytes, 0, { type, flags: 0, streamId, length });
  for (const number of numbers) at = bytes.writeUInt32BE(number, at);
  return bytes;
}

export function resetFrame(streamId: number, code: ErrorCode): Buffer {
  return numbersFrame(FrameType.rstStream, streamId, [code]);
}

export function windowUpdateFrame(streamId: number, moreBytes: number): Buffer {
  return numbersFrame(FrameType.windowUpdate, streamId, [moreBytes]);
}

export function goAwayFrame(lastStreamId: number, code: ErrorCode, why: string): Buffer {
  const text = Buffer.from(why, "latin1");
  const length = 8 + text.length;
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + length);
  let at = writeFrameHead(bytes, 0, { type: FrameType.goAway, flags: 0, streamId: 0, length });
  at = bytes.writeUInt32BE(lastStreamId, at);
  at = bytes.writeUInt32BE(code, at);
  text.copy(bytes, at);
  return bytes;
}

const SETTING_BYTES = 6;

export function settingsFrame(settings: readonly (readonly [id: number, value: number])[]): Buffer {
  const length = settings.length * SETTING_BYTES;
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + length);
  let at = writeFrameHead(bytes, 0, { type: FrameType.settings, flags: 0, streamId: 0, length });
  for (const [id, value] of settings) {
    at = bytes.writeUInt16BE(id, at);
    at = bytes.writeUInt32BE(value, at);
  }
  return bytes;
}

/** Any frame whose payload is there already. */
export function payloadFrame(
  { type, flags, streamId }: Omit<FrameHead, "length">,
  payload: Buffer,
): Buffer {
  const { length } = payload;
  const bytes = Buffer.allocUnsafe(FRAME_HEAD_BYTES + length);
  bytes.set(payload, writeFrameHead(bytes, 0, { type, flags, streamId, length }));
  return bytes;
}
