/** Cuts what a connection brings into frames. What it holds of one that is not whole yet is no longer than a frame may be. */

import {
  ConnectionError,
  ErrorCode,
  FRAME_BYTES_DEFAULT,
  FRAME_HEAD_BYTES,
  STREAM_ID_MAX,
} from "./protocol.js";

export interface Frame {
  readonly type: number;
  readonly flags: number;
  /** 0: the connection itself. */
  readonly streamId: number;
  /** Parts of what the connection brought: to be copied by whoever keeps them. */
  readonly payload: Buffer;
}

export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  #position = 0;

  add(bytes: Buffer): void {
    const rest = this.#bytes.subarray(this.#position);
    this.#bytes = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    this.#position = 0;
  }

  /** The next whole one. Throws a ConnectionError where it is longer than allowed. */
  next(): Frame | undefined {
    const bytes = this.#bytes;
    const start = this.#position;
    if (bytes.length - start < FRAME_HEAD_BYTES) return undefined;
    const length = uint24At(bytes, start);
    if (length > FRAME_BYTES_DEFAULT) {
      throw new ConnectionError(ErrorCode.frameSizeError, `a frame has ${String(length)} bytes`);
    }
    const payloadStart = start + FRAME_HEAD_BYTES;
    const end = payloadStart + length;
    if (end > bytes.length) return undefined;
    this.#position = end;
    return {
      type: bytes[start + 3] ?? 0,
      flags: bytes[start + 4] ?? 0,
      streamId: bytes.readUInt32BE(start + 5) & STREAM_ID_MAX,
      payload: bytes.subarray(payloadStart, end),
    };
  }

  /** The one that `next` gave last is to be given again. */
  putBack({ payload }: Frame): void {
    this.#position -= FRAME_HEAD_BYTES + payload.length;
  }
}

/** Three times as fast as what Buffer has for it, and there is one for every frame. */
function uint24At(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}
