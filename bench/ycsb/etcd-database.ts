/** etcd by unary calls of grpc-js alone: Range, Put and Txn, with the few fields of etcdserverpb that they need. */

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Client } from "@grpc/grpc-js";

import type { Database, Found, Outcome } from "./database.js";
import { call, connectTo, type Method } from "./unary.js";

/** Of RangeRequest: key, range_end, limit. */
interface RangeRequest {
  readonly key: string;
  /** All keys from `key` on, at most so many. Absent: that key. */
  readonly limit?: number;
}

interface KeyValue extends Found {
  readonly modRevision: number;
}

interface PutRequest {
  readonly key: string;
  readonly value: Buffer;
}

interface PutIfStill extends PutRequest {
  readonly modRevision: number;
}

/** As a range_end: up to the last key. */
const TO_THE_END = Buffer.of(0);

function finish(writer: BinaryWriter): Buffer {
  const bytes = writer.finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

function delimited(writer: BinaryWriter, field: number, bytes: Uint8Array): BinaryWriter {
  return writer.tag(field, WireType.LengthDelimited).bytes(bytes);
}

function text(writer: BinaryWriter, field: number, value: string): BinaryWriter {
  return writer.tag(field, WireType.LengthDelimited).string(value);
}

function putBytes({ key, value }: PutRequest): BinaryWriter {
  return delimited(text(new BinaryWriter(), 1, key), 2, value);
}

/** mvccpb.KeyValue: key 1, mod_revision 3, value 5. */
function readKeyValue(reader: BinaryReader): KeyValue {
  let key = "";
  let modRevision = 0;
  let value: Uint8Array = new Uint8Array(0);
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    if (field === 1) key = reader.string();
    else if (field === 3) modRevision = Number(reader.int64());
    else if (field === 5) value = reader.bytes();
    else reader.skip(wireType);
  }
  return { key, modRevision, value };
}

const RANGE: Method<RangeRequest, readonly KeyValue[]> = {
  path: "/etcdserverpb.KV/Range",
  encode({ key, limit }) {
    const writer = text(new BinaryWriter(), 1, key);
    if (limit !== undefined) {
      delimited(writer, 2, TO_THE_END).tag(3, WireType.Varint).int64(limit);
    }
    return finish(writer);
  },
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    const found: KeyValue[] = [];
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 2) found.push(readKeyValue(reader));
      else reader.skip(wireType);
    }
    return found;
  },
};

const PUT: Method<PutRequest, true> = {
  path: "/etcdserverpb.KV/Put",
  encode: (request) => finish(putBytes(request)),
  decode: () => true,
};

/** Compare: result 1 (EQUAL is 0), target 2 (MOD is 2), key 3, mod_revision 6. */
const MOD = 2;

/** Whether the comparison held, and so the value was put. */
const PUT_IF_STILL: Method<PutIfStill, boolean> = {
  path: "/etcdserverpb.KV/Txn",
  encode(request) {
    const compare = new BinaryWriter().tag(2, WireType.Varint).int32(MOD);
    text(compare, 3, request.key).tag(6, WireType.Varint).int64(request.modRevision);
    const operation = delimited(new BinaryWriter(), 2, putBytes(request).finish());
    const writer = delimited(new BinaryWriter(), 1, compare.finish());
    return finish(delimited(writer, 2, operation.finish()));
  },
  decode(bytes) {
    const reader = new BinaryReader(bytes);
    let succeeded = false;
    while (reader.pos < reader.len) {
      const [field, wireType] = reader.tag();
      if (field === 2) succeeded = reader.bool();
      else reader.skip(wireType);
    }
    return succeeded;
  },
};

export async function openEtcd(port: number): Promise<Database> {
  return new EtcdDatabase(await connectTo(port));
}

class EtcdDatabase implements Database {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    return (await call(this.#client, RANGE, { key }))[0]?.value;
  }

  async write(key: string, value: Buffer): Promise<void> {
    await call(this.#client, PUT, { key, value });
  }

  scan(key: string, limit: number): Promise<readonly Found[]> {
    return call(this.#client, RANGE, { key, limit });
  }

  async readModifyWrite(
    key: string,
    modify: (record: Uint8Array | undefined) => Buffer,
  ): Promise<Outcome> {
    const [found] = await call(this.#client, RANGE, { key });
    const value = modify(found?.value);
    const request = { key, value, modRevision: found?.modRevision ?? 0 };
    return (await call(this.#client, PUT_IF_STILL, request)) ? "written" : "changed";
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}
