/**
 * Tells whether what callers saw of one key can be explained by calls that took effect one after the other, each
 * between its invocation and its end. The search is Wing and Gong's, with Lowe's memory of what was tried: the
 * same calls done, with the same state after them, are looked at once. It looks at every explanation rather than at
 * the first, so that the states in which one history may have ended are those in which the next may begin: a long
 * history is checked part by part. The search is bounded, and says "undecided" past its bound.
 */

export interface Call<Ask, Answer> {
  readonly ask: Ask;
  /** Undefined: nobody knows. The call took effect once, between its invocation and its end, or never. */
  readonly answer: Answer | undefined;
  readonly invokedAt: number;
  /** When the answer came; without one, the moment from which on the call can have no effect any more. */
  readonly endedAt: number;
}

/** What a key means: to be put in the place of another, as when calls are added. */
export interface Model<State, Ask, Answer> {
  /** Each state that the key may be in when the call takes effect in `state`. None: its answer is wrong there. */
  readonly next: (state: State, call: Call<Ask, Answer>) => readonly State[];
  /** The same for equal states, and for no others. */
  readonly nameOf: (state: State) => string;
}

export interface History<State, Ask, Answer> {
  /** Each state that the key may be in at first. */
  readonly starts: readonly State[];
  readonly calls: readonly Call<Ask, Answer>[];
}

export type Verdict<State, Ask, Answer> =
  | { readonly kind: "linearizable"; readonly ends: readonly State[] }
  | { readonly kind: "undecided"; readonly stepCount: number }
  | { readonly kind: "wrong"; readonly stuck: Stuck<State, Ask, Answer> };

/** The explanation that got furthest: so many calls are done, and none of these can be the next. */
export interface Stuck<State, Ask, Answer> {
  readonly doneCount: number;
  readonly state: State;
  readonly next: readonly Call<Ask, Answer>[];
}

/** Steps that a check may take: seconds, and some hundred megabytes. */
const STEPS_MAX_DEFAULT = 500_000;

/** Calls are named by their place in the order of invocation. All below `high` are done, but for `open`. */
interface Step<State> {
  readonly high: number;
  readonly open: readonly number[];
  readonly state: State;
}

export function checkHistory<State, Ask, Answer>(
  model: Model<State, Ask, Answer>,
  history: History<State, Ask, Answer>,
  stepsMax: number = STEPS_MAX_DEFAULT,
): Verdict<State, Ask, Answer> {
  return new Search(model, history).run(stepsMax);
}

class Search<State, Ask, Answer> {
  readonly #model: Model<State, Ask, Answer>;
  readonly #calls: readonly Call<Ask, Answer>[];
  /** The first end of an answered call, of those from each place on. */
  readonly #firstEnds: readonly number[];
  readonly #todo: Step<State>[] = [];
  readonly #seen = new Set<string>();
  readonly #ends = new Map<string, State>();
  #furthest: Step<State> | undefined;

  constructor(model: Model<State, Ask, Answer>, history: History<State, Ask, Answer>) {
    this.#model = model;
    this.#calls = history.calls.toSorted((one, other) => one.invokedAt - other.invokedAt);
    this.#firstEnds = firstEnds(this.#calls);
    for (const state of history.starts) this.#visit({ high: 0, open: [], state });
  }

  run(stepsMax: number): Verdict<State, Ask, Answer> {
    for (let step = this.#todo.pop(); step !== undefined; step = this.#todo.pop()) {
      if (this.#seen.size > stepsMax) return { kind: "undecided", stepCount: this.#seen.size };
      this.#follow(step);
    }
    if (this.#ends.size > 0) return { kind: "linearizable", ends: [...this.#ends.values()] };
    return { kind: "wrong", stuck: this.#stuck() };
  }

  #follow(step: Step<State>): void {
    const firstEnd = this.#firstEnd(step);
    // Every call that has an answer is done; what has none may have had its effect or not.
    if (firstEnd === Infinity) this.#ends.set(this.#model.nameOf(step.state), step.state);
    for (const place of this.#candidates(step, firstEnd)) {
      const { high, open } = after(step, place);
      for (const state of this.#model.next(step.state, this.#call(place))) {
        this.#visit({ high, open: open.filter((each) => this.#isPossible(each, high)), state });
      }
    }
  }

  #visit(step: Step<State>): void {
    const name = `${String(step.high)} ${step.open.join()} ${this.#model.nameOf(step.state)}`;
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    this.#todo.push(step);
    if (this.#furthest === undefined || doneCount(step) > doneCount(this.#furthest)) {
      this.#furthest = step;
    }
  }

  /** What is not done and was invoked before anything else that is not done had ended. */
  #candidates(step: Step<State>, firstEnd: number): number[] {
    const places = [...step.open];
    for (let place = step.high; place < this.#calls.length; place += 1) {
      if (this.#call(place).invokedAt > firstEnd) break;
      places.push(place);
    }
    return places;
  }

  /** Infinity: no call with an answer is left. */
  #firstEnd({ high, open }: Step<State>): number {
    let first = this.#firstEnds[high] ?? Infinity;
    for (const place of open) {
      const { answer, endedAt } = this.#call(place);
      if (answer !== undefined && endedAt < first) first = endedAt;
    }
    return first;
  }

  /** A call without an answer had no effect if it ended before one was invoked that is done by now. */
  #isPossible(place: number, high: number): boolean {
    const { answer, endedAt } = this.#call(place);
    return answer !== undefined || endedAt >= this.#call(high - 1).invokedAt;
  }

  #stuck(): Stuck<State, Ask, Answer> {
    const step = this.#furthest;
    if (step === undefined) throw new Error("a history begins in some state");
    const next = this.#candidates(step, this.#firstEnd(step)).map((place) => this.#call(place));
    return { doneCount: doneCount(step), state: step.state, next };
  }

  #call(place: number): Call<Ask, Answer> {
    const call = this.#calls[place];
    if (call === undefined) throw new Error(`there is no call at ${String(place)}`);
    return call;
  }
}

function after(
  { high, open }: Pick<Step<unknown>, "high" | "open">,
  place: number,
): Pick<Step<unknown>, "high" | "open"> {
  if (place < high) return { high, open: open.filter((each) => each !== place) };
  const passed = Array.from({ length: place - high }, (_, index) => high + index);
  return { high: place + 1, open: [...open, ...passed] };
}

function doneCount({ high, open }: Pick<Step<unknown>, "high" | "open">): number {
  return high - open.length;
}

function firstEnds(calls: readonly Call<unknown, unknown>[]): number[] {
  const ends: number[] = [];
  let first = Infinity;
  for (const { answer, endedAt } of calls.toReversed()) {
    if (answer !== undefined) first = Math.min(first, endedAt);
    ends.push(first);
  }
  return ends.reverse();
}
