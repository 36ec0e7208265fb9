/** The codecs of the client for TypeScript: what they write, what they read, and what they refuse. */

import { create } from "@bufbuild/protobuf";
import { DurationSchema, type Duration as Message } from "@bufbuild/protobuf/wkt";
import { expect } from "chai";

import { cbor } from "../../clients/typescript/src/codecs/cbor.js";
import { msgpack } from "../../clients/typescript/src/codecs/msgpack.js";
import { protobuf } from "../../clients/typescript/src/codecs/protobuf.js";
import {
  byContentType,
  bytes,
  decodeValue,
  encodeValue,
  json,
  KeyValueError,
  mediaType,
  text,
  type Codec,
} from "../../clients/typescript/src/index.js";
import { Duration } from "../../generated/google/protobuf/duration.js";

function reasonOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof KeyValueError) return error.reason;
    throw error;
  }
  return "none";
}

/** Takes whatever value, as a program without types would. */
function loose<T>(codec: Codec<T>): Codec<unknown> {
  return { ...codec, encode: (value) => codec.encode(value as T) };
}

/** What becomes of a value that is written and read. */
function there<T>(codec: Codec<T>, value: T, contentType = codec.contentType): T {
  return decodeValue(codec, Buffer.from(encodeValue(codec, value)), contentType);
}

describe("the codecs of the client for TypeScript", () => {
  const document = {
    name: "ann",
    ids: [1, -5, 2.5, 5_000_000_000],
    none: null,
    deep: { ok: true },
  };

  it("read what they wrote", () => {
    expect(there(bytes(), Buffer.from([0, 255]))).to.deep.equal(Buffer.from([0, 255]));
    expect(there(text(), "héllo 🗝 \uFEFF")).to.equal("héllo 🗝 \uFEFF");
    for (const codec of [json(), msgpack(), cbor()]) {
      expect(there<unknown>(codec, document), codec.name).to.deep.equal(document);
    }
    for (const codec of [msgpack(), cbor()]) {
      const value = Uint8Array.of(1, 2, 3);
      expect(Buffer.from(there<unknown>(codec, value) as Uint8Array)).to.deep.equal(
        Buffer.from(value),
      );
    }
    expect(there(protobuf(Duration), { seconds: 1, nanos: 2 })).to.deep.equal({
      seconds: 1,
      nanos: 2,
    });
    const message: Message = there(
      protobuf(DurationSchema),
      create(DurationSchema, { seconds: 7n }),
    );
    expect(message.seconds).to.equal(7n);
  });

  it("write small integers as small, and both kinds of messages alike", () => {
    const hex = (codec: Codec<unknown>, value: unknown) =>
      Buffer.from(encodeValue(codec, value)).toString("hex");
    expect(hex(msgpack(), [1, -1, 300])).to.equal("9301ffcd012c");
    expect(hex(cbor(), [1, -1, 300])).to.equal("830120" + "19012c");
    expect(hex(loose(protobuf(Duration)), { seconds: 1, nanos: 2 })).to.equal("08011002");
    const schema = loose(protobuf(DurationSchema));
    expect(hex(schema, create(DurationSchema, { seconds: 1n, nanos: 2 }))).to.equal("08011002");
  });

  it("compare the media type without parameters and case", () => {
    expect(mediaType(" Text/Plain ; charset=utf-8")).to.equal("text/plain");
    for (const [codec, type] of [
      [text(), ""],
      [text(), "TEXT/HTML; charset=utf-8"],
      [json(), "application/ld+json"],
      [json(), "Application/JSON;v=1"],
      [msgpack(), "application/x-msgpack"],
      [msgpack(), "application/msgpack"],
      [cbor(), "application/senml+cbor"],
      [protobuf(Duration), "application/x-protobuf"],
      [protobuf(Duration), "application/vnd.google.protobuf"],
      [bytes(), "whatever/it-is"],
    ] as const) {
      expect(codec.reads(mediaType(type)), `${codec.name} ${type}`).to.equal(true);
    }
    for (const [codec, type] of [
      [text(), "application/json"],
      [json(), ""],
      [json(), "text/plain"],
      [msgpack(), "application/cbor"],
      [cbor(), ""],
      [protobuf(Duration), ""],
    ] as const) {
      const work = () => decodeValue<unknown>(codec, Buffer.from("1"), type);
      expect(reasonOf(work), `${codec.name} ${type}`).to.equal("DECODE_FAILED");
    }
  });

  it("refuse what is not what it says, and what they cannot write", () => {
    const broken: readonly (readonly [Codec<unknown>, string])[] = [
      [loose(text()), "ff"],
      [loose(json()), "7b"],
      [loose(json()), "22ff22"],
      [loose(msgpack()), "93"],
      [loose(cbor()), "83"],
      [loose(protobuf(Duration)), "08"],
      [loose(protobuf(DurationSchema)), "08"],
    ];
    for (const [codec, hex] of broken) {
      const work = () => decodeValue(codec, Buffer.from(hex, "hex"), codec.contentType);
      expect(reasonOf(work), `${codec.name} ${hex}`).to.equal("DECODE_FAILED");
    }
    const unwritable: readonly (readonly [Codec<unknown>, unknown])[] = [
      [loose(bytes()), "text"],
      [loose(text()), "\ud800"],
      [loose(text()), 5],
      [loose(json()), undefined],
      [loose(json()), 5n],
      [loose(msgpack()), Symbol("s")],
    ];
    for (const [codec, value] of unwritable) {
      const work = () => encodeValue(codec, value);
      expect(reasonOf(work), `${codec.name} ${String(value)}`).to.equal("ENCODE_FAILED");
    }
  });

  it("can be chosen by what is stored, the last where nothing is said", () => {
    const any = byContentType<unknown>(json(), msgpack(), loose(bytes()));
    expect(any.contentType).to.equal("application/json");
    expect(there(any, { a: 1 })).to.deep.equal({ a: 1 });
    const packed = Buffer.from(encodeValue(msgpack(), [1]));
    expect(decodeValue(any, packed, "application/msgpack")).to.deep.equal([1]);
    expect(decodeValue(any, packed, "")).to.deep.equal(packed);
    const strict = byContentType<unknown>(json(), msgpack());
    expect(reasonOf(() => decodeValue(strict, packed, "image/png"))).to.equal("DECODE_FAILED");
  });
});
