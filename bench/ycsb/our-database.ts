/** Our server: by unary calls of grpc-js alone, and by the client that users have. */

import { status, type Client } from "@grpc/grpc-js";

import { OperationStream } from "../../clients/typescript/src/operation-stream.js";
import {
  KeyValueServiceService,
  ScanRequest,
  SetRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import type { Database, Found, Outcome } from "./database.js";
import { call, callForAll, connectTo, type Method } from "./unary.js";

const { get, set, scan } = KeyValueServiceService;

function methodOf<Request, Reply>(definition: {
  readonly path: string;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Reply;
}): Method<Request, Reply> {
  const { path, requestSerialize: encode, responseDeserialize: decode } = definition;
  return { path, encode, decode };
}

const GET = methodOf(get);
const SET = methodOf(set);
const SCAN = methodOf(scan);

function ifStill(revision: number): Pick<SetRequest, "precondition"> {
  return { precondition: { condition: { $case: "revision", value: revision } } };
}

async function writtenOrChanged(write: Promise<unknown>): Promise<Outcome> {
  try {
    await write;
    return "written";
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === status.ABORTED) return "changed";
    throw error;
  }
}

export async function openOurs(port: number): Promise<Database> {
  return new OurDatabase(await connectTo(port));
}

class OurDatabase implements Database {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return (await call(this.#client, GET, { key, revision: 0 })).entry?.value;
  }

  async write(key: string, value: Buffer): Promise<void> {
    await call(this.#client, SET, SetRequest.fromPartial({ key, value }));
  }

  async scan(key: string, limit: number): Promise<readonly Found[]> {
    const interval = { start: key, end: "" };
    const range = { range: { $case: "interval", value: interval } } as const;
    const request = ScanRequest.fromPartial({ range, includeValues: true, limit });
    return (await callForAll(this.#client, SCAN, request)).flatMap(({ entries }) => entries);
  }

  async readModifyWrite(
    key: string,
    modify: (record: Uint8Array | undefined) => Buffer,
  ): Promise<Outcome> {
    const { entry } = await call(this.#client, GET, { key, revision: 0 });
    const value = modify(entry?.value);
    const request = SetRequest.fromPartial({ key, value, ...ifStill(entry?.revision ?? 0) });
    return writtenOrChanged(call(this.#client, SET, request));
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}

/** One stream for all who ask: what they ask for in one turn of the event loop goes out together. */
export async function openOurStream(port: number): Promise<Database> {
  const client = await connectTo(port);
  const stream = new OperationStream({ client });
  return {
    async read(key) {
      return (await stream.get({ key })).entry?.value;
    },
    async write(key, value) {
      await stream.set({ key, value });
    },
    async readModifyWrite(key, modify) {
      const { entry } = await stream.get({ key });
      const value = modify(entry?.value);
      return writtenOrChanged(stream.set({ key, value, ...ifStill(entry?.revision ?? 0) }));
    },
    async close() {
      await stream.close();
      client.close();
    },
  };
}
