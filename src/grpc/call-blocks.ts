/** The header fields that a server sends, as blocks. Those of a success are always the same. */

import { status, type Metadata } from "@grpc/grpc-js";

import { writeHeaderBlock, type HeaderField } from "../http2/index.js";
import { ENCODINGS } from "./message-reader.js";

/** What a call is answered with where it fails, and where it does not. */
export interface CallStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata?: Metadata;
}

const HEAD_FIELDS: readonly HeaderField[] = [
  { name: ":status", value: "200" },
  { name: "content-type", value: "application/grpc" },
];

export const HEAD_BLOCK = writeHeaderBlock(HEAD_FIELDS);
export const OK_BLOCK = writeHeaderBlock([{ name: "grpc-status", value: "0" }]);

/** To a request that is none of gRPC's. */
export const UNSUPPORTED_MEDIA_TYPE_BLOCK = writeHeaderBlock([{ name: ":status", value: "415" }]);

/** What ends an answer that has begun. */
export function statusBlock(outcome: CallStatus): Buffer {
  return outcome.code === status.OK ? OK_BLOCK : writeHeaderBlock(statusFields(outcome));
}

/** All of an answer that has no message. */
export function onlyStatusBlock(outcome: CallStatus): Buffer {
  return writeHeaderBlock([...HEAD_FIELDS, ...statusFields(outcome)]);
}

/** As `onlyStatusBlock`, to a caller that compresses as we cannot. */
export function unknownEncodingBlock(encoding: string): Buffer {
  const details = `grpc-encoding: must be one of ${ENCODINGS.join(", ")}, and is ${encoding}`;
  return writeHeaderBlock([
    ...HEAD_FIELDS,
    { name: "grpc-accept-encoding", value: ENCODINGS.join(",") },
    ...statusFields({ code: status.UNIMPLEMENTED, details }),
  ]);
}

function statusFields({ code, details, metadata }: CallStatus): readonly HeaderField[] {
  const fields = [{ name: "grpc-status", value: String(code) }];
  if (details !== "") fields.push({ name: "grpc-message", value: percentEncode(details) });
  for (const [name, values] of Object.entries(metadata?.toHttp2Headers() ?? {})) {
    for (const value of [values].flat()) fields.push({ name, value: String(value) });
  }
  return fields;
}

/** As gRPC over HTTP/2 has it: printable ASCII but for the per cent sign as it is, any other byte as %XX. */
function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += isPlain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
