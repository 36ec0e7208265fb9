/**
 * Sets many keys through gRPC at a small cost of the client's own: unary calls as plain HTTP/2, from this
 * process. Whether each was answered well is told by its trailers.
 */

import { connect, constants, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";

import {
  KeyValueServiceService,
  SetRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { grpcFrame } from "../grpc-frame.js";

const CONNECTIONS = 4;
const CALLS_PER_CONNECTION = 64;
const VALUE_BYTES = 100;

/** An odd number: its multiples modulo 2^60 visit every key in a scattered order. */
const STEP = 2_654_435_761n;

const HEADERS = {
  [constants.HTTP2_HEADER_METHOD]: "POST",
  [constants.HTTP2_HEADER_PATH]: KeyValueServiceService.set.path,
  [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
  [constants.HTTP2_HEADER_TE]: "trailers",
};

/** Sixteen bytes: the key of that number. All are different, and their order looks random. */
export function keyOf(number: number): string {
  const scattered = (BigInt(number) * STEP * STEP) & 0xfff_ffff_ffff_ffffn;
  return `k${scattered.toString(16).padStart(15, "0")}`;
}

/** Sets the keys of the first so many numbers; `mark` tells one round of values from another. */
export async function fill(address: string, count: number, mark: string): Promise<void> {
  const value = Buffer.alloc(VALUE_BYTES, mark);
  let next = 0;
  const sessions = Array.from({ length: CONNECTIONS }, () => connect(`http://${address}`));
  const set = (session: ClientHttp2Session): Promise<void> => {
    const message = SetRequest.encode(SetRequest.fromPartial({ key: keyOf(next++), value }));
    return call(session, grpcFrame(message.finish()));
  };
  const one = async (session: ClientHttp2Session): Promise<void> => {
    while (next < count) await set(session);
  };
  try {
    const callers = sessions.flatMap((session) =>
      Array.from({ length: CALLS_PER_CONNECTION }, () => one(session)),
    );
    await Promise.all(callers);
  } finally {
    for (const session of sessions) session.destroy();
  }
}

function call(session: ClientHttp2Session, frame: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request(HEADERS);
    let status: unknown;
    stream.on("trailers", (trailers: IncomingHttpHeaders) => {
      status = trailers["grpc-status"];
    });
    stream.on("error", reject);
    stream.on("close", () => {
      if (status === "0") resolve();
      else reject(new Error(`a Set ended with status ${String(status)}`));
    });
    stream.resume();
    stream.end(frame);
  });
}
