/** A status that the wire itself answers, before or instead of a handler. */

import type { status } from "@grpc/grpc-js";

export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly code: status;

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}
