/** Blocks of header fields that come in one frame or in several, with nothing in between (RFC 9113, 4.3). */

import { broken, fragmentIn } from "./frame-payloads.js";
import type { Frame } from "./frame-reader.js";
import { HeaderReader, type HeaderList } from "./header-block.js";
import { ConnectionError, ErrorCode, Flag } from "./protocol.js";

/** In so many bytes a block is longer than any list that is allowed. */
const BLOCK_BYTES_MAX = 131_072;

export interface ReceivedHeaders {
  readonly streamId: number;
  /** Nothing follows on that stream. */
  readonly isEnd: boolean;
  readonly list: HeaderList;
}

interface OpenBlock {
  readonly streamId: number;
  readonly isEnd: boolean;
  readonly parts: Buffer[];
  bytes: number;
}

export class HeaderBlocks {
  readonly #reader: HeaderReader;
  #open: OpenBlock | undefined;

  constructor(listBytesMax: number) {
    this.#reader = new HeaderReader(listBytesMax);
  }

  /** Whether the next frame must go on with a block. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** Undefined: more of it follows. */
  begin(frame: Frame): ReceivedHeaders | undefined {
    const { flags, streamId } = frame;
    if (streamId % 2 === 0) throw broken("a client's streams have odd numbers");
    const fragment = fragmentIn(frame);
    const isEnd = (flags & Flag.endStream) !== 0;
    if ((flags & Flag.endHeaders) !== 0) {
      return { streamId, isEnd, list: this.#reader.read(fragment) };
    }
    this.#open = { streamId, isEnd, parts: [Buffer.from(fragment)], bytes: fragment.length };
    return undefined;
  }

  /** Undefined: more of it follows. */
  goOn({ flags, streamId, payload }: Frame): ReceivedHeaders | undefined {
    const block = this.#open;
    if (block?.streamId !== streamId) {
      throw broken("a block of header fields goes on that was not begun");
    }
    block.parts.push(Buffer.from(payload));
    // So that many empty ones do not come for nothing either.
    block.bytes += payload.length + 1;
    if (block.bytes > BLOCK_BYTES_MAX) {
      throw new ConnectionError(ErrorCode.enhanceYourCalm, "a block of header fields is too long");
    }
    if ((flags & Flag.endHeaders) === 0) return undefined;
    this.#open = undefined;
    return { streamId, isEnd: block.isEnd, list: this.#reader.read(Buffer.concat(block.parts)) };
  }
}
