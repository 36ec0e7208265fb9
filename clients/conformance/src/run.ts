/** Plays suites to clients: an agent for each client, and for each of its suites a server of its own. */

import { join } from "node:path";

import { Agent } from "./agent.js";
import { CaseRun, type Failure } from "./case-run.js";
import type { Case, Suite } from "./cases.js";
import type { JsonObject } from "./json.js";
import type { Client } from "./languages.js";
import { Stage } from "./stage.js";
import { openWords } from "./tls-files.js";

export interface CaseResult {
  readonly suite: string;
  readonly name: string;
  readonly failure?: Failure;
}

export interface ClientResult {
  readonly client: Client;
  /** What the agent says that it is: the version of the client and what runs it. */
  readonly version: string;
  readonly cases: readonly CaseResult[];
}

/** What is told while it works. */
export interface Listener {
  readonly suiteEnded: (ended: {
    readonly client: Client;
    readonly suite: Suite;
    readonly results: readonly CaseResult[];
    readonly tookMs: number;
  }) => void;
  readonly casePassed: (passed: {
    readonly client: Client;
    readonly suite: Suite;
    readonly case: Case;
    readonly tookMs: number;
  }) => void;
  readonly caseFailed: (failed: {
    readonly client: Client;
    readonly suite: Suite;
    readonly case: Case;
    readonly failure: Failure;
    /** What the agent and the server said last. */
    readonly said: string;
  }) => void;
}

/** Tools that build on the way may take so long until an agent answers for the first time. */
const FIRST_ANSWER_MS_MAX = 180_000;

/** The command that runs a client's agent. */
export function agentCommand(clientsDirectory: string, client: Client): readonly string[] {
  return ["make", "-s", "-C", join(clientsDirectory, client.folder), client.target];
}

export class ClientRun {
  readonly #client: Client;
  readonly #command: readonly string[];
  readonly #listener: Listener;
  #agent: Agent | undefined;

  /** `command` is what runs the client's agent. */
  constructor(client: Client, command: readonly string[], listener: Listener) {
    this.#client = client;
    this.#command = command;
    this.#listener = listener;
  }

  async run(suites: readonly Suite[]): Promise<ClientResult> {
    try {
      const version = await this.#version();
      const cases: CaseResult[] = [];
      for (const suite of suites) cases.push(...(await this.#runSuite(suite)));
      return { client: this.#client, version, cases };
    } finally {
      await this.#agent?.stop();
    }
  }

  async #version(): Promise<string> {
    const answer = await this.#runningAgent().command(
      "hello",
      {},
      { timeoutMs: FIRST_ANSWER_MS_MAX },
    );
    // An agent need not know this command.
    if (answer.kind !== "ok") return "";
    const { version, runtime } = answer.ok;
    return [version, runtime].filter((each) => typeof each === "string").join(", ");
  }

  async #runSuite(suite: Suite): Promise<readonly CaseResult[]> {
    const startMs = performance.now();
    const results: CaseResult[] = [];
    const stage = await Stage.begin(suite);
    try {
      let isOpen = false;
      for (const each of suite.cases) {
        const failure = await this.#runCase({ suite, each, stage, isOpen });
        isOpen = failure === undefined;
        const result = { suite: suite.name, name: each.name };
        results.push(failure === undefined ? result : { ...result, failure });
      }
    } finally {
      await stage.clear();
    }
    const tookMs = performance.now() - startMs;
    this.#listener.suiteEnded({ client: this.#client, suite, results, tookMs });
    return results;
  }

  async #runCase(run: {
    readonly suite: Suite;
    readonly each: Case;
    readonly stage: Stage;
    readonly isOpen: boolean;
  }): Promise<Failure | undefined> {
    const { suite, each, stage, isOpen } = run;
    const agent = this.#runningAgent();
    const { options } = suite;
    const startMs = performance.now();
    const failure =
      (isOpen ? undefined : await openClient(agent, openWords(stage.address, options))) ??
      (await new CaseRun({ agent, stage, options }, each).run());
    if (failure === undefined) {
      const tookMs = performance.now() - startMs;
      this.#listener.casePassed({ client: this.#client, suite, case: each, tookMs });
      return undefined;
    }
    const said = `the agent said:\n${agent.said}\nthe server said:\n${stage.serverOutput}`;
    this.#listener.caseFailed({ client: this.#client, suite, case: each, failure, said });
    // Nobody knows what it is still about, so the next case gets another one, and the server as it should be.
    agent.kill();
    this.#agent = undefined;
    await stage.tidy();
    return failure;
  }

  #runningAgent(): Agent {
    if (this.#agent?.isRunning !== true) this.#agent = new Agent(this.#command);
    return this.#agent;
  }
}

async function openClient(agent: Agent, words: JsonObject): Promise<Failure | undefined> {
  const answer = await agent.command("open", words, { timeoutMs: FIRST_ANSWER_MS_MAX });
  if (answer.kind === "ok") return undefined;
  return { where: "before its steps, open", expected: "{}", got: JSON.stringify(answer) };
}
