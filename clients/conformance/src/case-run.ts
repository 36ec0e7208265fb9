/** Plays one case to a client, step by step, and says where it was not as it should be. */

import type { Agent, Answer } from "./agent.js";
import { encodeArguments } from "./arguments.js";
import type { Call, Case, Outcome, Step } from "./cases.js";
import { FirstMessages } from "./first-messages.js";
import { isObject, show, type Json, type JsonObject } from "./json.js";
import { match } from "./matching.js";
import { Scope } from "./scope.js";
import type { Stage } from "./stage.js";
import { openWords } from "./tls-files.js";

export interface Failure {
  readonly where: string;
  readonly expected: string;
  readonly got: string;
  /** Everything that was answered. */
  readonly answer?: string;
}

/** The longest that a client may take to answer anything. Its own deadlines are shorter. */
const ANSWER_MS_MAX = 20_000;

/** A step that was not as it should be; thrown to end the case there. */
class StepFailed extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.where);
    this.failure = failure;
  }
}

interface Begun {
  readonly answer: Promise<Answer>;
  readonly scope: Scope;
}

interface Players {
  readonly agent: Agent;
  readonly stage: Stage;
  /** The client's options unless the case opens another. */
  readonly options: JsonObject;
}

export class CaseRun {
  readonly #players: Players;
  readonly #case: Case;
  readonly #scope = new Scope(Date.now());
  readonly #begun = new Map<string, Begun>();
  readonly #streams = new Set<string>();
  readonly #firstMessages = new FirstMessages();
  #hasOtherClient = false;
  /** What went wrong in the steps that are done during a transaction. */
  #attemptFailure: unknown;

  constructor(players: Players, each: Case) {
    this.#players = players;
    this.#case = each;
  }

  /** Undefined: everything was as it should be, and all is ready for the next case. */
  async run(): Promise<Failure | undefined> {
    try {
      await this.#doSteps(this.#case.steps);
      await this.#tidy();
      return undefined;
    } catch (error) {
      if (error instanceof StepFailed) return error.failure;
      const problem = error instanceof Error ? error.message : String(error);
      return { where: "the harness", expected: "to go on", got: problem };
    }
  }

  async #doSteps(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#doStep(step);
  }

  async #doStep({ where, deed }: Step): Promise<void> {
    const { stage } = this.#players;
    switch (deed.kind) {
      case "server":
        return stage.doServerDeed(deed.deed);
      case "network":
        stage.doNetworkDeed(deed.deed);
        return;
      case "disk":
        return stage.doDiskDeed(deed.deed);
      case "refuse":
        return stage.refuse(deed.refusal);
      case "refused": {
        const { outcome } = deed;
        this.#judge(where, { kind: "ok", ok: stage.tries }, { outcome, scope: this.#scope });
        return;
      }
      case "wait":
        await new Promise((resolve) => setTimeout(resolve, deed.waitMs));
        return;
      case "behind":
        return this.#callBehind(where, deed.call, deed.outcome);
      case "await": {
        const begun = this.#begun.get(deed.name);
        if (begun === undefined) throw new Error(`${deed.name} was not begun`);
        const { outcome } = deed;
        this.#judge(where, await begun.answer, { outcome, scope: begun.scope });
        return;
      }
      case "call": {
        const scope = this.#scope.atStep();
        const answer = this.#tell(deed.call, scope, (attempt) =>
          this.#duringAttempt([...(attempt === 1 ? deed.firstAttempt : []), ...deed.eachAttempt]),
        );
        if (deed.begin !== undefined) {
          this.#begun.set(deed.begin, { answer, scope });
          return;
        }
        this.#judge(where, await answer, { outcome: deed.outcome, scope });
      }
    }
  }

  #tell(
    { name, shape, written }: Call,
    scope: Scope,
    onAttempt: (attempt: number) => Promise<void>,
  ): Promise<Answer> {
    const words = encodeArguments(written, shape, scope);
    if (!isObject(words)) throw new Error("arguments are an object");
    const { agent, stage } = this.#players;
    if (typeof words["stream"] === "string")
      return this.#tellOfStream(name, words["stream"], words);
    if (name === "open" || name === "close") this.#hasOtherClient = true;
    const said = name === "open" ? openWords(stage.address, words) : words;
    return agent.command(name, said, { timeoutMs: ANSWER_MS_MAX, onAttempt });
  }

  async #tellOfStream(name: string, stream: string, words: JsonObject): Promise<Answer> {
    const { agent } = this.#players;
    const options = { timeoutMs: ANSWER_MS_MAX };
    if (name === "end") {
      this.#streams.delete(stream);
      return agent.command(name, words, options);
    }
    if (name !== "next") {
      this.#streams.add(stream);
      const first = await agent.command(name, words, options);
      if (first.kind === "ok") this.#firstMessages.hold(stream, first.ok);
      return first;
    }
    const { count: asked } = words;
    const count =
      typeof asked === "number" ? this.#firstMessages.stillToTake(stream, asked) : asked;
    if (count === 0) return { kind: "ok", ok: this.#firstMessages.release(stream, {}) };
    const taken = count === undefined ? words : { ...words, count };
    const answer = await agent.command(name, taken, options);
    if (answer.kind !== "ok") return answer;
    return { kind: "ok", ok: this.#firstMessages.release(stream, answer.ok) };
  }

  async #duringAttempt(steps: readonly Step[]): Promise<void> {
    try {
      await this.#doSteps(steps);
    } catch (error) {
      this.#attemptFailure ??= error;
      throw error;
    }
  }

  async #callBehind(
    where: string,
    { name, shape, written }: Call,
    outcome: Outcome,
  ): Promise<void> {
    const scope = this.#scope.atStep();
    const words = encodeArguments(written, shape, scope);
    if (!isObject(words)) throw new Error("arguments are an object");
    const answer = await this.#players.stage.behind(name, words).then(
      (ok): Answer => ({ kind: "ok", ok }),
      (error: unknown): Answer => ({ kind: "fault", problem: String(error) }),
    );
    this.#judge(where, answer, { outcome, scope });
  }

  #judge(where: string, answer: Answer, asked: { outcome: Outcome; scope: Scope }): void {
    if (this.#attemptFailure instanceof StepFailed) throw this.#attemptFailure;
    const { outcome, scope } = asked;
    if (answer.kind === "fault") {
      const expected = outcome.kind === "error" ? "an error" : "an answer";
      throw new StepFailed({ where, expected, got: `a fault: ${answer.problem}` });
    }
    const given: Json = answer.kind === "ok" ? answer.ok : answer.error;
    const isWanted = (answer.kind === "error") === (outcome.kind === "error");
    if (!isWanted) {
      const expected = outcome.kind === "error" ? "an error" : "success";
      throw new StepFailed({ where, expected, got: `${answer.kind}: ${show(given)}` });
    }
    if (outcome.kind === "success") return;
    const mismatch = match(outcome.expectation, given, scope);
    if (mismatch === undefined) return;
    const { path, expected, got } = mismatch;
    const at = path === "" ? where : `${where}, ${path}`;
    throw new StepFailed({ where: at, expected, got, answer: show(given) });
  }

  /** What the case left open is closed, and what it stopped runs again. */
  async #tidy(): Promise<void> {
    const { agent, stage, options } = this.#players;
    await stage.tidy();
    const timeoutMs = ANSWER_MS_MAX;
    for (const stream of this.#streams) {
      // One that has ended with an error may be unknown by now.
      await agent.command("end", { stream }, { timeoutMs });
    }
    if (!this.#hasOtherClient) return;
    const answer = await agent.command("open", openWords(stage.address, options), { timeoutMs });
    if (answer.kind === "ok") return;
    throw new StepFailed({
      where: "after its steps, open",
      expected: "{}",
      got: JSON.stringify(answer),
    });
  }
}
