/**
 * Decodes a request, or says what is wrong with it and where. Never throws: a bad request is the
 * caller's fault, and the handler says so.
 */

import { BinaryReader } from "@bufbuild/protobuf/wire";

import { invalidField, present } from "../base/index.js";
import { messageShape } from "./message-shape.js";
import { findDamage } from "./wire-check.js";

/** What a generated message offers: its full name, and a reader. */
export interface DecodableMessage<T> {
  readonly $type: string;
  decode(reader: BinaryReader): T;
}

export type StrictlyDecoded<T> =
  | { readonly kind: "request"; readonly request: T }
  | {
      readonly kind: "invalid";
      /** A path in schema names, `range.interval.start`; "request" where it is no one field. */
      readonly field: string;
      /** Reads well after the field's name and a colon. */
      readonly problem: string;
    };

const WHOLE_REQUEST = "request";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A byte order mark at the start of a key is part of the key: hence `ignoreBOM`, which means "keep". */
function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The request in `bytes`, or the first thing that is wrong with it. Throws only for our own bugs. */
export function strictDecode<T>(message: DecodableMessage<T>, bytes: Buffer): StrictlyDecoded<T> {
  const shape = present(messageShape(message.$type), `a descriptor of ${message.$type}`);
  const damage = findDamage(bytes, shape);
  if (damage !== undefined) {
    const field = damage.field === "" ? WHOLE_REQUEST : damage.field;
    return { kind: "invalid", field, problem: damage.problem };
  }
  try {
    return { kind: "request", request: message.decode(new BinaryReader(bytes, decodeText)) };
  } catch {
    // The check above knows everything that a reader refuses today; this is for what one may refuse next.
    return {
      kind: "invalid",
      field: WHOLE_REQUEST,
      problem: "must be a well-formed protobuf message",
    };
  }
}

/** The request, if there is one. Throws INVALID_FIELD for what is wrong. */
export function accepted<T>(decoded: StrictlyDecoded<T>): T {
  if (decoded.kind === "request") return decoded.request;
  throw invalidField(decoded.field, decoded.problem);
}
