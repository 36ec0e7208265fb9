/** Requests of Set and Get that are read by hand, held against the strict decoder: the same command, or the same error. */

import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { expect } from "chai";
import fc from "fast-check";

import { GetRequest, SetRequest } from "../../generated/keyvaluedb/v1/key_value_service.js";
import { DEFAULT_LIMITS, KvError } from "../../src/base/index.js";
import { toGetAtQuery, toKey } from "../../src/grpc/convert-request.js";
import { toSetCommand } from "../../src/grpc/convert-write-request.js";
import {
  decodeGetRequest,
  decodeSetRequest,
  toHotGet,
  toHotSetCommand,
} from "../../src/grpc/hot-requests.js";
import { strictDecode, type StrictlyDecoded } from "../../src/grpc/strict-decode.js";

const LIMITS = { ...DEFAULT_LIMITS, keyBytesMax: 40, valueBytesMax: 200 };

const keys = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 15 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 45 }).map((bytes) => Buffer.from(bytes)),
);
const values = fc.uint8Array({ maxLength: 220 }).map((bytes) => Buffer.from(bytes));

const CONTENT_TYPE_TAG = (9 << 3) | 2;
const REQUEST_ID_TAG = (10 << 3) | 2;

/** Some of them past what a content type or a request id may have. */
const longTexts = fc
  .tuple(keys, fc.constantFrom(1, 10, 60))
  .map(([text, times]) => Buffer.concat(new Array<Buffer>(times).fill(text)));

/** In the order in which encoders write them, which is what is read by hand. */
const inOrder = fc
  .record({ key: keys, value: values, contentType: longTexts, requestId: longTexts })
  .map(({ key, value, contentType, requestId }) => {
    const writer = new BinaryWriter().uint32(10).bytes(key).uint32(18).bytes(value);
    if (value.length % 2 === 0) writer.uint32(CONTENT_TYPE_TAG).bytes(contentType);
    return [writer.uint32(REQUEST_ID_TAG).bytes(requestId).finish()];
  });

/** One field on the wire, known or not, whole or not quite what it should be. */
const fields = fc.oneof(
  { weight: 4, arbitrary: keys.map((key) => new BinaryWriter().uint32(10).bytes(key).finish()) },
  {
    weight: 4,
    arbitrary: values.map((value) => new BinaryWriter().uint32(18).bytes(value).finish()),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(CONTENT_TYPE_TAG, REQUEST_ID_TAG), longTexts)
      .map(([tag, text]) => new BinaryWriter().uint32(tag).bytes(text).finish()),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(2 ** 16), fc.nat(2 ** 31))
      .map(([tag, number]) => new BinaryWriter().uint32(tag).uint32(number).finish()),
  },
);

/** In any order and number, cut and with a byte changed at times. */
const messages = fc
  .tuple(fc.oneof(fc.array(fields, { maxLength: 4 }), inOrder), fc.nat(3), fc.nat(500), fc.nat(255))
  .map(([parts, damage, at, byte]) => {
    const bytes = Buffer.concat(parts);
    if (damage === 1 && bytes.length > 0) bytes[at % bytes.length] = byte;
    return damage === 2 ? bytes.subarray(0, at % (bytes.length + 1)) : bytes;
  });

/** What comes of a request in the end, or what is said to be wrong with it. */
function outcomeOf<Request>(
  decoded: StrictlyDecoded<Request>,
  convert: (request: Request) => unknown,
): unknown {
  if (decoded.kind === "invalid") return decoded;
  try {
    return convert(decoded.request);
  } catch (error) {
    if (!(error instanceof KvError)) throw error;
    return { code: error.code, message: error.message, metadata: error.metadata };
  }
}

describe("requests of Set and Get", () => {
  it("are sets as the strict decoder has them", () => {
    fc.assert(
      fc.property(messages, (bytes) => {
        const ours = outcomeOf(decodeSetRequest(bytes), (set) => toHotSetCommand(set, LIMITS));
        const strict = outcomeOf(strictDecode(SetRequest, bytes), (set) =>
          toSetCommand(set, LIMITS),
        );
        expect(ours).to.deep.equal(strict);
      }),
      { numRuns: 5000 },
    );
  });

  it("are gets as the strict decoder has them", () => {
    fc.assert(
      fc.property(messages, (bytes) => {
        const ours = outcomeOf(decodeGetRequest(bytes), (get) => toHotGet(get, LIMITS));
        const strict = outcomeOf(strictDecode(GetRequest, bytes), (get) =>
          get.revision === 0 ? toKey(get.key, LIMITS) : toGetAtQuery(get, LIMITS),
        );
        expect(ours).to.deep.equal(strict);
      }),
      { numRuns: 5000 },
    );
  });

  it("are read by hand where they are plain", () => {
    const plain = { key: "k", value: Buffer.from("v"), contentType: "text/plain", requestId: "id" };
    for (const set of [{ key: "k" }, { ...plain, contentType: "" }, plain]) {
      const sent = Buffer.from(SetRequest.encode(SetRequest.fromPartial(set)).finish());
      expect(decodeSetRequest(sent))
        .to.have.nested.property("request.key")
        .that.is.instanceOf(Buffer);
    }
    const bytes = Buffer.from(GetRequest.encode(GetRequest.fromPartial({ key: "k" })).finish());
    expect(decodeGetRequest(bytes))
      .to.have.nested.property("request.key")
      .that.is.instanceOf(Buffer);
  });
});
