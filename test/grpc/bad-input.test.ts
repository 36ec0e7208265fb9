/** Requests that no client of ours would send, sent raw: each is refused by name, and the server goes on. */

import { status } from "@grpc/grpc-js";
import { expect } from "chai";

import { BadRequest } from "../../generated/google/rpc/error_details.js";
import { Status } from "../../generated/google/rpc/status.js";
import {
  GetResponse,
  PipelineResponse,
  SetRequest,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { KIB, MIB, present, SYSTEM_CLOCK } from "../../src/base/index.js";
import { messageShape, type MessageShape } from "../../src/grpc/message-shape.js";
import { ADMIN_METHODS, KEY_VALUE_METHODS } from "../../src/grpc/methods.js";
import { bytes, listAllKeys, PATIENT, setOf } from "../support/calls.js";
import { ModelStore } from "../support/model-store.js";
import { expectInvalidField, kvRejectionOf } from "../support/rejection.js";
import { KEY_VALUE_PATH, Serving, type RawReply } from "./serving.js";

const NO_UTF8 = Buffer.from([0x61, 0xff, 0x62]);

function delimited(fieldNumber: number, content: Buffer): Buffer {
  expect(fieldNumber, "one byte holds the tag").to.be.below(16);
  expect(content.length, "one byte holds the length").to.be.below(128);
  return Buffer.concat([Buffer.from([(fieldNumber << 3) | 2, content.length]), content]);
}

interface Case {
  readonly field: string;
  readonly request: Buffer;
}

/** A request for each text field of a message, in which that field is not UTF-8. */
function brokenTexts(shape: MessageShape): Case[] {
  return [...shape.fields.values()].flatMap((field): Case[] => {
    if (field.kind === "text") {
      return [{ field: field.name, request: delimited(field.number, NO_UTF8) }];
    }
    if (field.message === undefined) return [];
    const name = field.repeated ? `${field.name}[0]` : field.name;
    return brokenTexts(field.message).map((inner) => ({
      field: `${name}.${inner.field}`,
      request: delimited(field.number, inner.request),
    }));
  });
}

function fieldOf(reply: RawReply): string | undefined {
  const [details] = reply.error?.metadata.get("grpc-status-details-bin") ?? [];
  return Buffer.isBuffer(details) ? fieldIn(Status.decode(details)) : undefined;
}

function fieldIn({ details }: Status): string | undefined {
  const typeUrl = `type.googleapis.com/${BadRequest.$type}`;
  const any = details.find((candidate) => candidate.typeUrl === typeUrl);
  return any === undefined ? undefined : BadRequest.decode(any.value).fieldViolations[0]?.field;
}

describe("bad input on the wire", () => {
  let serving: Serving;

  before(async () => {
    serving = await Serving.of(new ModelStore({ clock: SYSTEM_CLOCK }));
  });

  after(() => serving.stop());

  afterEach("the server still serves", async () => {
    const set = await serving.remote.set(setOf("still-here", "v"), PATIENT);
    expect(set.revision).to.be.above(0);
  });

  const { pipeline, ...calls } = KEY_VALUE_METHODS;
  const methods = [...Object.values(calls), ...Object.values(ADMIN_METHODS)];
  let textFieldCount = 0;
  for (const { name, path } of methods) {
    const shape = messageShape(`keyvaluedb.v1.${name}Request`);
    for (const { field, request } of shape === undefined ? [] : brokenTexts(shape)) {
      textFieldCount += 1;
      it(`refuses ${name} where ${field} is not UTF-8`, async () => {
        const reply = await serving.raw(path, request);
        expect(reply.error?.code).to.equal(status.INVALID_ARGUMENT);
        expect(reply.error?.details).to.include(field);
        expect(fieldOf(reply)).to.equal(field);
      });
    }
  }

  for (const { field, request } of brokenTexts(
    present(messageShape("keyvaluedb.v1.Operation"), "it"),
  )) {
    it(`refuses an operation of a pipeline alone where ${field} is not UTF-8`, async () => {
      const whole = delimited(2, delimited(1, bytes("still-here")));
      const message = Buffer.concat([delimited(1, request), delimited(1, whole)]);
      const { bytes: reply } = await serving.raw(pipeline.path, message);
      const [refused, found] = PipelineResponse.decode(reply ?? Buffer.alloc(0)).results;
      const error = refused?.result?.$case === "error" ? refused.result.value : undefined;
      expect(error?.code).to.equal(status.INVALID_ARGUMENT);
      // As in the call of that operation by itself.
      expect(error && fieldIn(error)).to.equal(field.slice(field.indexOf(".") + 1));
      expect(found?.result?.$case).to.equal("get");
    });
  }

  it("has tried every text field", () => {
    expect(textFieldCount).to.equal(60);
  });

  it("refuses a request that is cut anywhere, or else takes a whole one", async () => {
    const whole = Buffer.from(
      SetRequest.encode({
        key: "cut",
        value: bytes("value"),
        expiration: { $case: "ttl", value: { seconds: 30, nanos: 5 } },
        contentType: "text/plain",
        precondition: undefined,
        returnPrevious: false,
        requestId: "",
      }).finish(),
    );
    const codes = new Set<status>();
    for (let length = 0; length < whole.length; length += 1) {
      const { error } = await serving.raw(`${KEY_VALUE_PATH}Set`, whole.subarray(0, length));
      codes.add(error?.code ?? status.OK);
    }
    // Cut between two fields, what is left is a whole message.
    expect([...codes].sort()).to.deep.equal([status.OK, status.INVALID_ARGUMENT]);
  });

  it("lets fields pass that it does not know", async () => {
    const known = delimited(1, bytes("still-here"));
    const unknown = delimited(15, NO_UTF8);
    const { error, bytes: reply } = await serving.raw(
      `${KEY_VALUE_PATH}Get`,
      Buffer.concat([unknown, known]),
    );
    expect(error).to.equal(null);
    expect(GetResponse.decode(reply ?? Buffer.alloc(0)).entry?.key).to.equal("still-here");
  });

  it("refuses an integer that it could not hold", async () => {
    const revision = Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    const reply = await serving.raw(`${KEY_VALUE_PATH}WatchExpirations`, delimited(2, revision));
    expect(reply.error?.code).to.equal(status.INVALID_ARGUMENT);
    expect(fieldOf(reply)).to.equal("start.revision");
  });

  it("refuses empty and over-long keys and values, by name", async () => {
    const { remote } = serving;
    await expectInvalidField(remote.get(bytes(""), PATIENT), "key");
    await expectInvalidField(remote.delete({ key: bytes("k".repeat(4097)) }, PATIENT), "key");
    const value = Buffer.alloc(MIB + 1);
    await expectInvalidField(remote.set({ ...setOf("k", ""), value }, PATIENT), "value");
    await expectInvalidField(
      remote.set({ ...setOf("k", ""), expiration: { kind: "ttl", ttlMs: -5 } }, PATIENT),
      "ttl",
    );
  });

  it("answers RESOURCE_EXHAUSTED to a message past the limit, and the connection lives", async () => {
    const request = Buffer.alloc(4 * MIB + 1);
    const first = await serving.raw(`${KEY_VALUE_PATH}Set`, request);
    expect(first.error?.code).to.equal(status.RESOURCE_EXHAUSTED);
    const next = await serving.raw(`${KEY_VALUE_PATH}Get`, delimited(1, bytes("still-here")));
    expect(next.error).to.equal(null);
  });

  it("answers UNIMPLEMENTED to a call that it does not have", async () => {
    const { error } = await serving.raw(`${KEY_VALUE_PATH}Frobnicate`, Buffer.alloc(0));
    expect(error?.code).to.equal(status.UNIMPLEMENTED);
  });

  it("keeps every character of a key, a byte order mark too", async () => {
    const keys = ["\uFEFFmark", "nul\0", "😀", "\n"];
    for (const key of keys) await serving.remote.set(setOf(key, key), PATIENT);
    const listed = await listAllKeys(serving.remote);
    for (const key of keys) {
      expect(listed).to.include(key);
      const { entry } = await serving.remote.get(bytes(key), PATIENT);
      expect(entry?.key).to.deep.equal(bytes(key));
    }
  });

  it("refuses keys that are not UTF-8 before they are sent", async () => {
    await expectInvalidField(serving.remote.get(NO_UTF8, PATIENT), "key");
  });
});

describe("long answers on the wire", () => {
  const messageBytesMax = 64 * KIB;

  it("cuts pages to what fits into a message", async () => {
    const store = new ModelStore({ clock: SYSTEM_CLOCK });
    const keys = Array.from({ length: 100 }, (_, index) =>
      String(index).padStart(3, "0").padEnd(4096, "x"),
    );
    for (const key of keys) await store.set(setOf(key, ""), PATIENT);
    const serving = await Serving.of(store, { messageBytesMax });
    try {
      expect(await listAllKeys(serving.remote)).to.deep.equal(keys);
      expect(await listAllKeys(serving.remote, { descending: true })).to.deep.equal(keys.reverse());
    } finally {
      await serving.stop();
    }
  });

  it("answers RESOURCE_EXHAUSTED where a single entry does not fit", async () => {
    const store = new ModelStore({ clock: SYSTEM_CLOCK });
    await store.set(setOf("k", "v".repeat(messageBytesMax)), PATIENT);
    const serving = await Serving.of(store, { messageBytesMax });
    try {
      const error = await kvRejectionOf(serving.remote.get(bytes("k"), PATIENT), "SERVER_ERROR");
      expect(error.message).to.include("RESOURCE_EXHAUSTED");
    } finally {
      await serving.stop();
    }
  });
});
