/** What a call failed with: chai has no words of its own for promises. */

import { expect } from "chai";

import { KvError, type ErrorCode } from "../../src/base/index.js";

/** The error that the call rejects with; fails if it does not. */
export async function rejectionOf(call: PromiseLike<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    expect(error).to.be.an.instanceOf(Error);
    return error as Error;
  }
  throw new Error("the call went well, and should not have");
}

/** The store's own error; fails if the call goes well or fails otherwise or with another code. */
export async function kvRejectionOf(call: PromiseLike<unknown>, code: ErrorCode): Promise<KvError> {
  const error = await rejectionOf(call);
  if (!(error instanceof KvError)) throw error;
  expect(error.code, error.message).to.equal(code);
  return error;
}

/** The call fails with INVALID_FIELD, and the error names the field. */
export async function expectInvalidField(call: PromiseLike<unknown>, field: string): Promise<void> {
  const error = await kvRejectionOf(call, "INVALID_FIELD");
  expect(error.metadata.field, error.message).to.equal(field);
}

/** The system error code that the call fails with. */
export async function systemCodeOf(call: PromiseLike<unknown>): Promise<unknown> {
  const error = await rejectionOf(call);
  return "code" in error ? error.code : undefined;
}
