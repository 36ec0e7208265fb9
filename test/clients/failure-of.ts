/** What a call of the client for TypeScript fails with. */

import { KeyValueError } from "../../clients/typescript/src/index.js";

export async function failureOf(call: Promise<unknown>): Promise<KeyValueError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KeyValueError) return error;
    throw error;
  }
  throw new Error("the call went well, and should not have");
}
