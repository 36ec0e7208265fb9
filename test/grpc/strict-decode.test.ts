/** No request gets past strict decoding that is not well-formed, and what is wrong is named. */

import { expect } from "chai";

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

import {
  DeleteRequest,
  GetRequest,
  ListKeysRequest,
  SetRequest,
  TouchRequest,
  WatchExpirationsRequest,
  WatchExpirationsResponse,
} from "../../generated/keyvaluedb/v1/key_value_service.js";
import { DeleteSnapshotRequest } from "../../generated/keyvaluedb/v1/admin_service.js";
import { messageShape, type MessageShape } from "../../src/grpc/message-shape.js";
import { strictDecode, type DecodableMessage } from "../../src/grpc/strict-decode.js";

const ILL_FORMED_TEXTS: Record<string, Buffer> = {
  "a lone continuation byte": Buffer.from([0x80]),
  "a lead byte alone": Buffer.from([0xc3]),
  "an overlong slash": Buffer.from([0xc0, 0xaf]),
  "a surrogate": Buffer.from([0xed, 0xa0, 0x80]),
  "a code point past U+10FFFF": Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  "a bad byte after much ASCII": Buffer.concat([Buffer.alloc(3000, "a"), Buffer.from([0xff])]),
};

function bytesOf(write: (writer: BinaryWriter) => void): Buffer {
  const writer = new BinaryWriter();
  write(writer);
  return Buffer.from(writer.finish());
}

function delimited(fieldNumber: number, value: Uint8Array): Buffer {
  return bytesOf((writer) => writer.tag(fieldNumber, WireType.LengthDelimited).bytes(value));
}

function invalidOf<T>(message: DecodableMessage<T>, bytes: Buffer): readonly [string, string] {
  const decoded = strictDecode(message, bytes);
  if (decoded.kind !== "invalid") expect.fail(`${message.$type} took ${bytes.toString("hex")}`);
  return [decoded.field, decoded.problem];
}

function requestOf<T>(message: DecodableMessage<T>, bytes: Buffer): T {
  const decoded = strictDecode(message, bytes);
  if (decoded.kind !== "request") expect.fail(`${decoded.field}: ${decoded.problem}`);
  return decoded.request;
}

/** Every way from a message to a text field: the path in names, and bytes that put a text there. */
function textFields(
  shape: MessageShape,
): readonly { readonly path: string; readonly put: (text: Buffer) => Buffer }[] {
  return [...shape.fields.values()].flatMap((field) => {
    const name = field.repeated ? `${field.name}[0]` : field.name;
    if (field.kind === "text") {
      return [{ path: name, put: (text: Buffer) => delimited(field.number, text) }];
    }
    if (field.message === undefined) return [];
    return textFields(field.message).map((inner) => ({
      path: `${name}.${inner.path}`,
      put: (text: Buffer) => delimited(field.number, inner.put(text)),
    }));
  });
}

const SET = SetRequest.fromPartial({
  key: "sessions/1",
  value: Buffer.from([0, 255, 128]),
  expiration: { $case: "ttl", value: { seconds: 30, nanos: 5 } },
  contentType: "text/plain",
});

describe("strict decoding", () => {
  it("reads what a good client wrote", () => {
    const bytes = Buffer.from(SetRequest.encode(SET).finish());
    expect(requestOf(SetRequest, bytes)).to.deep.equal(SET);
    expect(requestOf(GetRequest, Buffer.alloc(0)).key).to.equal("");
  });

  describe("of text", () => {
    const requests: readonly DecodableMessage<unknown>[] = [
      SetRequest,
      GetRequest,
      DeleteRequest,
      TouchRequest,
      ListKeysRequest,
      WatchExpirationsRequest,
      DeleteSnapshotRequest,
    ];
    for (const message of requests) {
      const shape = messageShape(message.$type);
      for (const { path, put } of shape === undefined ? [] : textFields(shape)) {
        for (const [what, text] of Object.entries(ILL_FORMED_TEXTS)) {
          it(`refuses ${what} in ${message.$type} at ${path}`, () => {
            expect(invalidOf(message, put(text))).to.deep.equal([path, "must be valid UTF-8"]);
          });
        }
      }
    }

    it("knows the paths into nested messages", () => {
      const shape = messageShape(ListKeysRequest.$type);
      const paths = shape === undefined ? [] : textFields(shape).map(({ path }) => path);
      expect(paths).to.include.members(["range.interval.start", "range.glob", "page_token"]);
    });

    it("counts within a repeated field", () => {
      const good = delimited(1, delimited(3, Buffer.from("a")));
      const bad = delimited(1, delimited(3, Buffer.from([0xff])));
      const [field] = invalidOf(WatchExpirationsResponse, Buffer.concat([good, good, bad]));
      expect(field).to.equal("expirations[2].key");
    });

    it("keeps a byte order mark at the start of a key", () => {
      for (const length of [0, 1, 100]) {
        const key = `\uFEFF${"k".repeat(length)}`;
        expect(requestOf(GetRequest, delimited(1, Buffer.from(key))).key).to.equal(key);
      }
    });

    it("takes every kind of valid text, short and long", () => {
      for (const piece of ["a", "é", "€", "\u{1F511}", "\u0000"]) {
        for (const count of [1, 8, 31, 32, 33, 64, 65, 1000]) {
          const key = piece.repeat(count);
          expect(requestOf(GetRequest, delimited(1, Buffer.from(key))).key).to.equal(key);
        }
      }
    });

    it("lets any bytes be a value", () => {
      for (const value of Object.values(ILL_FORMED_TEXTS)) {
        expect(requestOf(SetRequest, delimited(2, value)).value.equals(value)).to.equal(true);
      }
    });
  });

  describe("of a malformed message", () => {
    it("refuses every cut that is not between two fields", () => {
      const bytes = Buffer.from(SetRequest.encode(SET).finish());
      const fieldEnds = new Set<number>([0]);
      const reader = new BinaryReader(bytes);
      while (reader.pos < reader.len) {
        const [fieldNumber, wireType] = reader.tag();
        reader.skip(wireType, fieldNumber);
        fieldEnds.add(reader.pos);
      }
      for (let length = 0; length <= bytes.length; length += 1) {
        const decoded = strictDecode(SetRequest, bytes.subarray(0, length));
        expect(decoded.kind, `cut to ${String(length)}`).to.equal(
          fieldEnds.has(length) ? "request" : "invalid",
        );
      }
    });

    it("names the field that is cut short", () => {
      expect(invalidOf(SetRequest, Buffer.from([0x12, 0x05, 1, 2]))[0]).to.equal("value");
      expect(invalidOf(SetRequest, Buffer.from([0x1a, 0x02, 0x08, 0x80]))[0]).to.equal(
        "ttl.seconds",
      );
    });

    it("refuses an embedded message that reads past its own end", () => {
      // range { prefix claims 3 bytes where range has 1 left } and then a field of the request itself.
      const bytes = Buffer.from([0x0a, 0x03, 0x0a, 0x03, 0x61, 0x10, 0x01, 0x10, 0x01]);
      expect(ListKeysRequest.decode(bytes)).to.be.an("object");
      expect(invalidOf(ListKeysRequest, bytes)[0]).to.equal("range.prefix");
    });

    for (const [what, bytes] of Object.entries({
      "a zero tag": [0x00],
      "a zero tag, and a field after it": [0x00, 0x0a, 0x01, 0x61],
      "a field number of zero": [0x02, 0x00],
      "an end of a group that nobody began": [0x7c],
      "a wire type that does not exist": [0x7f],
      "a tag of more than 32 bits": [0x8a, 0x80, 0x80, 0x80, 0x10, 0x00],
      "a tag that never ends": Array<number>(20).fill(0x80),
      "a group without an end": [0x7b, 0x08, 0x01],
      "a group with another's end": [0x7b, 0x84, 0x01],
      "an unknown varint of eleven bytes": [0x78, ...Array<number>(10).fill(0x80), 0x00],
      "an unknown field that is cut short": [0x79, 1, 2, 3],
    })) {
      it(`refuses ${what}`, () => {
        expect(invalidOf(GetRequest, Buffer.from(bytes))[0]).to.equal("request");
      });
    }

    it("lets unknown fields through, groups among them, and knows a field by its form too", () => {
      const unknown = Buffer.from([
        0x78, 0x01, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 0x01, 0xff, 0x7b, 0x08, 0x01, 0x7c, 0x7d, 1,
        2, 3, 4,
      ]);
      const key = delimited(1, Buffer.from("k"));
      expect(requestOf(GetRequest, Buffer.concat([unknown, key, unknown])).key).to.equal("k");
      expect(requestOf(GetRequest, Buffer.from([0x08, 0x01])).key).to.equal("");
    });

    it("bounds nesting, of groups and of messages", () => {
      const nestedGroups = (depth: number): Buffer =>
        Buffer.concat([Buffer.alloc(depth, 0x7b), Buffer.alloc(depth, 0x7c)]);
      expect(strictDecode(GetRequest, nestedGroups(99)).kind).to.equal("request");
      expect(invalidOf(GetRequest, nestedGroups(100))[1]).to.match(/must not nest/);
      expect(invalidOf(GetRequest, nestedGroups(1_000_000))[1]).to.match(/must not nest/);
    });

    it("never throws, and takes nothing that a reader would refuse", () => {
      let seed = 12345;
      const next = (below: number): number => {
        seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      const good = Buffer.from(SetRequest.encode(SET).finish());
      for (let run = 0; run < 20_000; run += 1) {
        const bytes = run % 2 === 0 ? Buffer.from(good) : Buffer.alloc(next(12));
        for (let change = 0; change < 3; change += 1) {
          if (bytes.length > 0) bytes[next(bytes.length)] = next(256);
        }
        const decoded = strictDecode(SetRequest, bytes);
        if (decoded.kind === "request") {
          expect(SetRequest.decode(bytes), bytes.toString("hex")).to.deep.equal(decoded.request);
        }
      }
    });
  });

  describe("of 64-bit integers", () => {
    const startAt = (value: bigint): Buffer =>
      delimited(
        2,
        bytesOf((writer) => writer.tag(2, WireType.Varint).int64(value)),
      );

    it("takes what a number holds, and refuses the next", () => {
      const safest = BigInt(Number.MAX_SAFE_INTEGER);
      for (const value of [0n, 1n, -1n, safest, -safest]) {
        const request = requestOf(WatchExpirationsRequest, startAt(value));
        expect(request.start?.position?.value).to.equal(Number(value));
      }
      for (const value of [safest + 1n, -safest - 1n, 2n ** 63n - 1n, -(2n ** 63n)]) {
        const [field, problem] = invalidOf(WatchExpirationsRequest, startAt(value));
        expect(field).to.equal("start.revision");
        expect(problem).to.match(/integer from/);
      }
    });

    it("checks durations and timestamps alike", () => {
      const seconds = bytesOf((writer) => writer.tag(1, WireType.Varint).int64(2n ** 60n));
      expect(invalidOf(SetRequest, delimited(3, seconds))[0]).to.equal("ttl.seconds");
      expect(invalidOf(SetRequest, delimited(4, seconds))[0]).to.equal("expire_time.seconds");
    });
  });
});
