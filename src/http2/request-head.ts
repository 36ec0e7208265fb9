/** The header fields of a request, judged by the rules of HTTP/2 (RFC 9113, 8.2 and 8.3). */

import type { HeaderField } from "./header-table.js";
import { ErrorCode, StreamError } from "./protocol.js";

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly contentLength: number | undefined;
  /** Without those that begin with a colon. */
  readonly fields: readonly HeaderField[];
}

const PSEUDO_NAMES = [":method", ":scheme", ":path", ":authority"];

/** They speak of one connection, which is not how HTTP/2 does that. */
const CONNECTION_NAMES = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/u;
// eslint-disable-next-line no-control-regex -- it is these that must not be there.
const NOT_IN_VALUE = /[\0\r\n]/u;
const LENGTH = /^\d{1,15}$/u;

/** Throws a StreamError where a rule is broken. */
export function readRequestHead(all: readonly HeaderField[]): RequestHead {
  const pseudo = new Map<string, string>();
  const fields: HeaderField[] = [];
  let contentLength: number | undefined;
  for (const field of all) {
    const { name, value } = field;
    if (name.startsWith(":")) {
      const isBad = fields.length > 0 || pseudo.has(name) || !PSEUDO_NAMES.includes(name);
      if (isBad) throw malformed(`${name} must not be there, or not there`);
      pseudo.set(name, value);
      continue;
    }
    checkField(field);
    if (name === "content-length") {
      if (!LENGTH.test(value)) throw malformed("content-length is no length");
      contentLength = Number(value);
    }
    fields.push(field);
  }
  const [method, scheme, path] = PSEUDO_NAMES.map((name) => pseudo.get(name) ?? "");
  if (!method || !scheme || !path) throw malformed("a method, a scheme and a path must be there");
  return { method, path, contentLength, fields };
}

/** What comes after the data has no more to say than that the data is whole. */
export function checkTrailers(all: readonly HeaderField[]): void {
  for (const field of all) {
    if (field.name.startsWith(":")) throw malformed(`${field.name} must not come after the data`);
    checkField(field);
  }
}

function checkField({ name, value }: HeaderField): void {
  if (!NAME.test(name)) throw malformed("a name has a character that it must not have");
  if (NOT_IN_VALUE.test(value)) throw malformed(`${name} has a character that it must not have`);
  const isForConnection = CONNECTION_NAMES.has(name) || (name === "te" && value !== "trailers");
  if (isForConnection) throw malformed(`${name} must not be there`);
}

function malformed(what: string): StreamError {
  return new StreamError(ErrorCode.protocolError, what);
}
