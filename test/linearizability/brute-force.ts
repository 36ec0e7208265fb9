/** Every order of the calls that real time allows, tried one by one: slow, and too simple to be wrong. */

import type { Call, History, Model } from "./checker.js";

/** The names of the states in which the history may have ended. None: it is not linearizable. */
export function endsByBruteForce<State, Ask, Answer>(
  model: Model<State, Ask, Answer>,
  { starts, calls }: History<State, Ask, Answer>,
): ReadonlySet<string> {
  const ends = new Set<string>();
  for (const order of ordersOf(calls)) {
    let states = starts;
    for (const call of order) states = states.flatMap((state) => model.next(state, call));
    for (const state of states) ends.add(model.nameOf(state));
  }
  return ends;
}

/** Orders of all calls with an answer and of any of those without. */
function* ordersOf<C extends Call<unknown, unknown>>(calls: readonly C[]): Generator<C[]> {
  if (calls.every(({ answer }) => answer === undefined)) yield [];
  for (const first of calls) {
    const rest = calls.filter((call) => call !== first);
    // Whatever ended before the first one began would have had to be before it.
    if (rest.some((call) => call.answer !== undefined && call.endedAt < first.invokedAt)) continue;
    const possible = rest.filter((call) => call.endedAt >= first.invokedAt);
    for (const order of ordersOf(possible)) yield [first, ...order];
  }
}
