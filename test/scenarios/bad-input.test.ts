/**
 * What is wrong is refused one by one by the real server: with the status and the reason that the API promises,
 * the field, and the limit where there is one. Afterwards the server serves on as before.
 */

import { join } from "node:path";

import { expect } from "chai";

import {
  GetRequest,
  ListKeysRequest,
  ListKeysResponse,
  SetRequest,
  TouchRequest,
  WatchExpirationsRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { MIB } from "../../src/base/index.js";
import { runKvdb } from "../app/run-kvdb.js";
import { bytes, setOf, PATIENT, valueOf } from "../support/calls.js";
import { ServerProcess } from "../support/server-process.js";
import { makeTemporaryDirectory, removeDirectory } from "../support/temporary-directory.js";
import { connect, type RemoteStore } from "../../src/grpc/index.js";
import { RawClient, type RawReply, type Refusal } from "./raw-client.js";
import { SCENARIO_MS_MAX } from "./scale.js";

const PATH = "/keyvaluedb.v1.KeyValueService/";
const SETTINGS = ["--segment-bytes=8MiB", "--shutdown-grace=0"];

/** `a`, a byte that UTF-8 never has, `b`. */
const NOT_UTF8 = Buffer.from([0x61, 0xff, 0x62]);

interface Case {
  readonly title: string;
  readonly method: "Set" | "Get" | "Touch" | "ListKeys" | "WatchExpirations";
  readonly request: Buffer;
  readonly field: string;
  /** What the message says of it, the limit above all. */
  readonly message: RegExp;
}

function set(more: Partial<SetRequest>): Buffer {
  return Buffer.from(SetRequest.encode(SetRequest.fromPartial({ key: "k", ...more })).finish());
}

function list(more: Partial<ListKeysRequest>): Buffer {
  return Buffer.from(ListKeysRequest.encode(ListKeysRequest.fromPartial(more)).finish());
}

function watchFrom(resumeToken: string): Buffer {
  const start = { position: { $case: "resumeToken", value: resumeToken } } as const;
  const request = WatchExpirationsRequest.fromPartial({ start });
  return Buffer.from(WatchExpirationsRequest.encode(request).finish());
}

const ttl = (seconds: number, nanos = 0) => ({ $case: "ttl", value: { seconds, nanos } }) as const;

const at = (time: string) =>
  ({
    $case: "expireTime",
    value: { seconds: Date.parse(time) / 1000, nanos: 0 },
  }) as const;

const glob = (pattern: string) => ({ range: { $case: "glob", value: pattern } }) as const;

const CASES: readonly Case[] = [
  {
    title: "an empty key",
    method: "Get",
    request: Buffer.from(GetRequest.encode(GetRequest.fromPartial({ key: "" })).finish()),
    field: "key",
    message: /empty/,
  },
  {
    title: "a key one byte too long",
    method: "Set",
    request: set({ key: `${"é".repeat(2048)}k` }),
    field: "key",
    message: /\b4096 bytes.*\b4097\b/,
  },
  {
    title: "a key that is not UTF-8",
    method: "Get",
    request: Buffer.concat([Buffer.from([0x0a, NOT_UTF8.length]), NOT_UTF8]),
    field: "key",
    message: /UTF-8/,
  },
  {
    title: "a value one byte too long",
    method: "Set",
    request: set({ value: Buffer.alloc(MIB + 1) }),
    field: "value",
    message: /\b1048576 bytes.*\b1048577\b/,
  },
  {
    title: "a negative TTL",
    method: "Set",
    request: set({ expiration: ttl(-5) }),
    field: "ttl",
    message: /more than zero/,
  },
  {
    title: "a TTL of zero",
    method: "Set",
    request: set({ expiration: ttl(0) }),
    field: "ttl",
    message: /more than zero/,
  },
  {
    title: "a negative TTL of less than a millisecond",
    method: "Touch",
    request: Buffer.from(
      TouchRequest.encode(
        TouchRequest.fromPartial({ key: "still-here", expiration: ttl(0, -1) }),
      ).finish(),
    ),
    field: "ttl",
    message: /more than zero/,
  },
  {
    title: "a deadline that has passed",
    method: "Set",
    request: set({ expiration: at("2001-01-01T00:00:00Z") }),
    field: "expire_time",
    message: /passed/,
  },
  {
    title: "a page token that nobody gave out",
    method: "ListKeys",
    request: list({ pageToken: "Zm9yZ2Vk" }),
    field: "page_token",
    message: /token/,
  },
  {
    title: "a negative page size",
    method: "ListKeys",
    request: list({ pageSize: -1 }),
    field: "page_size",
    message: /negative|at least/,
  },
  {
    title: "a page size past the limit",
    method: "ListKeys",
    request: list({ pageSize: 10_001 }),
    field: "page_size",
    message: /\b10000\b.*\b10001\b/,
  },
  {
    title: "a glob without its ]",
    method: "ListKeys",
    request: list({ range: glob("deb/[a-") }),
    field: "range.glob",
    message: /\]/,
  },
  {
    title: "a glob that ends in its escape",
    method: "ListKeys",
    request: list({ range: glob("deb/\\") }),
    field: "range.glob",
    message: /\\/,
  },
  {
    title: "a resume token that nobody gave out",
    method: "WatchExpirations",
    request: watchFrom("Zm9yZ2Vk"),
    field: "start.resume_token",
    message: /token/,
  },
];

describe("bad input to the real server", function () {
  this.timeout(SCENARIO_MS_MAX);

  let directory = "";
  let data = "";
  let address = "";
  let server: ServerProcess | undefined;
  let store: RemoteStore;
  let raw: RawClient;

  before(async () => {
    directory = await makeTemporaryDirectory();
    data = join(directory, "data");
    server = await ServerProcess.start(data, SETTINGS);
    ({ address } = server);
    store = connect({ address });
    raw = new RawClient(address);
    await store.set(setOf("still-here", "0"), PATIENT);
    await store.set(setOf("and-another", "0"), PATIENT);
  });

  after(async () => {
    await server?.dispose();
    await removeDirectory(directory);
    raw.close();
    await store.close();
  });

  let served = 0;
  afterEach("the server serves on, and nothing else was set", async () => {
    served += 1;
    await store.set(setOf("still-here", String(served)), PATIENT);
    expect(await valueOf(store, "still-here")).to.equal(String(served));
    expect((await store.status()).keyCount).to.equal(2);
  });

  function send({ method, request }: Pick<Case, "method" | "request">): Promise<RawReply> {
    const path = `${PATH}${method}`;
    return method === "WatchExpirations" ? raw.firstOf(path, request) : raw.call(path, request);
  }

  for (const { title, field, message, ...call } of CASES) {
    it(`refuses ${title}`, async () => {
      const refusal = refused(await send(call));
      expect(refusal).to.include({
        code: "INVALID_ARGUMENT",
        domain: "keyvaluedb",
        reason: "INVALID_FIELD",
        field,
        violation: field,
      });
      expect(refusal.message).to.match(message).and.to.include(field);
    });
  }

  it("refuses a page token with one character changed, or of another range", async () => {
    const first = await send({ method: "ListKeys", request: list({ pageSize: 1 }) });
    if (first.kind === "refusal") throw new Error(first.refusal.message);
    const { nextPageToken: token } = ListKeysResponse.decode(first.bytes);
    expect(token).to.not.equal("");
    const whole = await send({ method: "ListKeys", request: list({ pageToken: token }) });
    expect(whole.kind).to.equal("reply");
    const forged = Array.from(token, (character, at) => {
      const other = character === "A" ? "B" : "A";
      return token.slice(0, at) + other + token.slice(at + 1);
    });
    for (const pageToken of forged) {
      const refusal = refused(await send({ method: "ListKeys", request: list({ pageToken }) }));
      expect(refusal).to.include({ code: "INVALID_ARGUMENT", field: "page_token" });
    }
    const elsewhere = list({ pageToken: token, range: glob("*") });
    expect(refused(await send({ method: "ListKeys", request: elsewhere }))).to.include({
      code: "INVALID_ARGUMENT",
      field: "page_token",
    });
  });

  it("refuses a message past the limit, and names the limit", async () => {
    const request = set({ value: Buffer.alloc(4 * MIB) });
    const refusal = refused(await send({ method: "Set", request }));
    expect(refusal.code).to.equal("RESOURCE_EXHAUSTED");
    expect(refusal.message).to.include(String(4 * MIB));
  });

  it("is not disturbed by others that want its directory or its port", async () => {
    const startMs = performance.now();
    const second = await runKvdb(["serve", "--data", data, "--listen", "127.0.0.1:0"]);
    expect(second.code).to.equal(12);
    expect(second.stderr).to.include(data).and.to.include("in use by another process");
    expect(performance.now() - startMs).to.be.below(10_000);
    const elsewhere = join(directory, "elsewhere");
    const third = await runKvdb(["serve", "--data", elsewhere, "--listen", address]);
    expect(third.code).to.equal(11);
    expect(third.stderr).to.include(address);
  });

  it("takes keys and values that are as long as they may be", async () => {
    const key = "é".repeat(2048);
    await store.set({ ...setOf(key, ""), value: Buffer.alloc(MIB, 7) }, PATIENT);
    const { entry } = await store.get(bytes(key), PATIENT);
    expect(entry?.value.equals(Buffer.alloc(MIB, 7))).to.equal(true);
    await store.delete({ key: bytes(key) }, PATIENT);
  });
});

function refused(reply: RawReply): Refusal {
  if (reply.kind === "reply") throw new Error("it was taken, and should not have been");
  return reply.refusal;
}
