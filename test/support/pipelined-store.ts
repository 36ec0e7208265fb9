/** A store whose calls of single keys all go through one pipeline: to each of them that must make no difference. */

import type {
  CallContext,
  DeleteCommand,
  GetAtQuery,
  IncrementCommand,
  PipelineOperation,
  PipelineOutcome,
  SetCommand,
  Store,
  TouchCommand,
} from "../../src/kv/index.js";

type Answer<Kind> = Omit<Extract<PipelineOutcome, { readonly kind: Kind }>, "kind">;

const known = new WeakMap<Store, Store>();

/** The same one whenever it is asked for with the same store. */
export function pipelined(store: Store): Store {
  const before = known.get(store);
  if (before !== undefined) return before;
  const made = throughPipeline(store);
  known.set(store, made);
  return made;
}

function throughPipeline(store: Store): Store {
  const pipeline = store.pipeline();
  const perform = async <Kind extends PipelineOutcome["kind"]>(
    operation: PipelineOperation & { readonly kind: Kind },
    context: CallContext,
  ): Promise<Answer<Kind>> => {
    const [outcome] = await pipeline.perform([operation], context);
    if (outcome === undefined) throw new Error("there is no outcome");
    if (outcome.kind === "error") throw outcome.error;
    const answer: Partial<PipelineOutcome> = { ...outcome };
    Reflect.deleteProperty(answer, "kind");
    return answer as unknown as Answer<Kind>;
  };
  const calls: Partial<Store> = {
    set: (command: SetCommand, context) => perform({ kind: "set", ...command }, context),
    get: (key: Buffer, context) => perform({ kind: "get", key }, context),
    getAt: (query: GetAtQuery, context) => perform({ kind: "get", ...query }, context),
    delete: (command: DeleteCommand, context) => perform({ kind: "delete", ...command }, context),
    touch: (command: TouchCommand, context) => perform({ kind: "touch", ...command }, context),
    increment: (command: IncrementCommand, context) =>
      perform({ kind: "increment", ...command }, context),
  };
  return new Proxy(store, {
    get(target, name) {
      const call: unknown = Reflect.get(calls, name) ?? Reflect.get(target, name);
      return typeof call === "function" ? (call.bind(target) as unknown) : call;
    },
  });
}
