/** What the other side says of itself (RFC 9113, 6.5.2), as far as a server needs it. */

import {
  ConnectionError,
  ErrorCode,
  FRAME_BYTES_DEFAULT,
  Setting,
  WINDOW_BYTES_DEFAULT,
  WINDOW_BYTES_MAX,
} from "./protocol.js";

const SETTING_BYTES = 6;
const TABLE_BYTES_DEFAULT = 4096;
const FRAME_BYTES_MAX = 2 ** 24 - 1;

export class PeerSettings {
  /** Bytes of an answer that it takes before it says that it has room for more. */
  initialWindowBytes = WINDOW_BYTES_DEFAULT;
  areThere = false;
  /** It keeps a smaller table than every peer does at first, and waits to be told that we know (RFC 7541, 4.2). */
  isTableSmaller = false;

  /** Throws a ConnectionError where one is not allowed. Those that are not known are passed over. */
  read(payload: Buffer): void {
    if (payload.length % SETTING_BYTES !== 0) {
      throw new ConnectionError(ErrorCode.frameSizeError, "settings have the wrong length");
    }
    this.areThere = true;
    for (let at = 0; at < payload.length; at += SETTING_BYTES) {
      this.#take(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
  }

  #take(id: number, value: number): void {
    switch (id) {
      case Setting.headerTableSize:
        this.isTableSmaller ||= value < TABLE_BYTES_DEFAULT;
        return;
      case Setting.enablePush:
        if (value > 1) throw notAllowed("enable_push");
        return;
      case Setting.initialWindowSize:
        if (value > WINDOW_BYTES_MAX) {
          throw new ConnectionError(ErrorCode.flowControlError, "a window is too large");
        }
        this.initialWindowBytes = value;
        return;
      case Setting.maxFrameSize:
        // Ours are never longer than the shortest that may be asked for.
        if (value < FRAME_BYTES_DEFAULT || value > FRAME_BYTES_MAX)
          throw notAllowed("max_frame_size");
        return;
      default:
    }
  }
}

function notAllowed(name: string): ConnectionError {
  return new ConnectionError(ErrorCode.protocolError, `${name} must not be that`);
}
