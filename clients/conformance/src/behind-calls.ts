/** Calls that the harness makes itself, past the client and the proxy: what somebody else does to the same store. */

import { credentials, Metadata, status, type ServiceError } from "@grpc/grpc-js";

import {
  KeyValueServiceClient,
  type SetRequest,
} from "../../../generated/keyvaluedb/v1/key_value_service.js";
import type { Shape } from "./commands.js";
import type { Json, JsonObject } from "./json.js";

/** The same words as an agent's, as many as cases need. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  set: { key: "key", value: "bytes", ttl_ms: "plain", content_type: "plain" },
  get: { key: "key" },
  delete: { key: "key" },
  increment: { key: "key", delta: "decimal" },
  delete_prefix: { prefix: "key" },
  fill: { prefix: "key", suffix: "plain", value: "bytes" },
  many: { prefix: "key", count: "plain", value: "bytes", ttl_ms: "plain" },
  compact: {},
  snapshot: {},
};

/** What the arguments of such a call are. Undefined: there is none of that name. */
export function behindShapeOf(name: string): Shape | undefined {
  const fields = SHAPES[name];
  return fields === undefined ? undefined : { fields };
}

const DEADLINE_MS = 20_000;

/** Sets that are under way at once in `many`. */
const CONCURRENT_MAX = 256;

/** As many keys may it take until the server is full, and as many are set at once: each is one that may have room when others have not. */
const FILLED_MAX = 100_000;
const FILLERS = 32;

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: { readonly deadline: number },
  callback: (error: ServiceError | null, response: Response) => void,
) => unknown;

export class BehindCalls {
  readonly #stub: KeyValueServiceClient;

  constructor(address: string) {
    this.#stub = new KeyValueServiceClient(address, credentials.createInsecure());
  }

  /** Makes a call with arguments as the line has them, and answers as an agent would. Throws what it fails with. */
  async call(name: string, words: JsonObject): Promise<JsonObject> {
    const stub = this.#stub;
    const key = text(words["key"]);
    switch (name) {
      case "set": {
        const { revision } = await unary(stub.set.bind(stub), setRequest(key, words));
        return { revision };
      }
      case "get": {
        const { entry } = await unary(stub.get.bind(stub), { key, revision: 0 });
        if (entry === undefined) return { entry: null };
        const { value, revision, version, contentType } = entry;
        const found = { key, value: value.toString("base64"), revision, version };
        return { entry: { ...found, content_type: contentType } };
      }
      case "delete": {
        const request = { key, precondition: undefined, returnPrevious: false, requestId: "" };
        const { revision, deleted } = await unary(stub.delete.bind(stub), request);
        return { revision, deleted };
      }
      case "increment": {
        const request = { key, delta: text(words["delta"]), expiration: undefined, requestId: "" };
        const { revision, value } = await unary(stub.increment.bind(stub), request);
        return { revision, value };
      }
      case "delete_prefix": {
        const range = { range: { $case: "prefix", value: text(words["prefix"]) } } as const;
        const request = { range, limit: 0, requestId: "" };
        const { deletedCount } = await unary(stub.deleteRange.bind(stub), request);
        return { deleted_count: deletedCount };
      }
      case "fill":
        return this.#fill(words);
      case "many":
        return this.#setMany(words);
      case "compact": {
        const { segmentsAfter } = await unary(stub.compact.bind(stub), {});
        return { segments_after: segmentsAfter };
      }
      case "snapshot": {
        const { snapshot } = await unary(stub.snapshot.bind(stub), {});
        return { snapshot_id: snapshot?.snapshotId ?? "" };
      }
      default:
        throw new Error(`there is no ${name} behind a client`);
    }
  }

  close(): void {
    this.#stub.close();
  }

  /** The prefix, 0, 1, … and the suffix: each set to the value, until one is refused. */
  async #fill(words: JsonObject): Promise<JsonObject> {
    let count = 0;
    let refusal: ServiceError | undefined;
    const work = async (): Promise<void> => {
      while (refusal === undefined && count < FILLED_MAX) {
        const key = `${text(words["prefix"])}${String(count++)}${text(words["suffix"])}`;
        try {
          await this.call("set", { key, value: words["value"] ?? "" });
        } catch (error) {
          refusal ??= error as ServiceError;
        }
      }
    };
    await Promise.all(Array.from({ length: FILLERS }, work));
    if (refusal === undefined) throw new Error(`${String(count)} were not refused`);
    return { count, code: status[refusal.code], message: refusal.details };
  }

  /** The prefix and 0, 1, … each set to the value, or to its number as text. */
  async #setMany(words: JsonObject): Promise<JsonObject> {
    const count = Number(words["count"]);
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < count; index = next++) {
        const key = `${text(words["prefix"])}${String(index)}`;
        const value = words["value"] ?? Buffer.from(String(index)).toString("base64");
        await this.call("set", { ...words, key, value });
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENT_MAX, count) }, work));
    return { count };
  }
}

function setRequest(key: string, words: JsonObject): SetRequest {
  const { ttl_ms: ttlMs } = words;
  const request = {
    key,
    value: Buffer.from(text(words["value"]), "base64"),
    contentType: text(words["content_type"]),
    precondition: undefined,
    returnPrevious: false,
    requestId: "",
  };
  if (typeof ttlMs !== "number") return { ...request, expiration: undefined };
  const seconds = Math.floor(ttlMs / 1000);
  const ttl = { seconds, nanos: (ttlMs - seconds * 1000) * 1_000_000 };
  return { ...request, expiration: { $case: "ttl", value: ttl } };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function unary<Request, Response>(
  call: Unary<Request, Response>,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call(request, new Metadata(), { deadline: Date.now() + DEADLINE_MS }, (error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}
