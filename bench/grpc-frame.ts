/** A gRPC message as it lies in an HTTP/2 body: a flag, a length, the message. */

const HEADER_BYTES = 5;
const NOT_COMPRESSED = 0;

export function grpcFrame(message: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(NOT_COMPRESSED, 0);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** How long the frame of a message of that length is. */
export function grpcFrameBytes(messageBytes: number): number {
  return HEADER_BYTES + messageBytes;
}
