/** The smallest model with a compare-and-set: one number that is read, written, and written if it is as expected. */

import type { Call, Model } from "./checker.js";

export type RegisterAsk =
  | { readonly kind: "read" }
  | { readonly kind: "write"; readonly value: number }
  | { readonly kind: "compare-and-set"; readonly expected: number; readonly value: number };

/** What was read; or whether it was as expected; or nothing but that it was done. */
export type RegisterAnswer = number | boolean | "done";

export type RegisterCall = Call<RegisterAsk, RegisterAnswer>;

export const REGISTER: Model<number, RegisterAsk, RegisterAnswer> = {
  next: (state, { ask, answer }) => {
    const [right, after] = effectOf(state, ask);
    return answer === undefined || answer === right ? [after] : [];
  },
  nameOf: String,
};

/** What is answered, and what is there afterwards. */
export function effectOf(state: number, ask: RegisterAsk): [RegisterAnswer, number] {
  switch (ask.kind) {
    case "read":
      return [state, state];
    case "write":
      return ["done", ask.value];
    case "compare-and-set":
      return ask.expected === state ? [true, ask.value] : [false, state];
  }
}
