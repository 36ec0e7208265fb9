/** What a program asks for, as the schema says it. What the compiler would refuse is refused here too, with the field's name. */

import type * as wire from "../../../generated/keyvaluedb/v1/key_value_service.js";
import { encodeValue, type Codec } from "./codec.js";
import { toDuration, toTimestamp } from "./convert.js";
import { invalidField } from "./key-value-error.js";
import type {
  Condition,
  DeleteOptions,
  IncrementOptions,
  Operation,
  Precondition,
  SetOptions,
  TouchOptions,
} from "./types.js";

/** Half of a pair, which is no character: UTF-8 has no bytes for it, and the library would write another. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** An operation of one key, as the schema has it. */
export type WireOperation = NonNullable<wire.Operation["operation"]>;

export function checkKey(key: string): void {
  if (typeof key !== "string") throw invalidField("key", "must be a string");
  if (LONE_SURROGATE.test(key)) throw invalidField("key", "must be valid UTF-8");
}

function toBuffer(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** As the options of set, touch and increment say it. */
interface Lifetime {
  readonly ttlMs?: number;
  readonly expireTime?: Date;
  readonly keepExpiration?: true;
  readonly persist?: true;
}

/** Undefined: nothing was said. */
function lifetimeOf(options: Lifetime): NonNullable<wire.SetRequest["expiration"]> | undefined {
  const { ttlMs, expireTime } = options;
  const said = [ttlMs, expireTime, options.keepExpiration, options.persist];
  if (said.filter((one) => one !== undefined).length > 1) {
    throw invalidField("expiration", "must be said in one way only");
  }
  if (ttlMs !== undefined) return { $case: "ttl", value: toDuration(ttlMs, "ttl") };
  if (expireTime === undefined) return undefined;
  return { $case: "expireTime", value: toTimestamp(expireTime, "expire_time") };
}

/** Of a set or an increment. The server refuses what is said and not true. */
function toExpiration(options: Lifetime): wire.SetRequest["expiration"] {
  const { keepExpiration } = options;
  const lifetime = lifetimeOf(options);
  if (keepExpiration === undefined) return lifetime;
  return { $case: "keepExpiration", value: keepExpiration };
}

function toTouchExpiration(options: Lifetime): wire.TouchRequest["expiration"] {
  const { persist } = options;
  const lifetime = lifetimeOf(options);
  if (persist !== undefined) return { $case: "persist", value: persist };
  return lifetime?.$case === "keepExpiration" ? undefined : lifetime;
}

type Check = NonNullable<wire.Condition["check"]>;

function toCheck<V>(condition: Precondition<V>, codec: Codec<V>, field: string): Check {
  if ("exists" in condition) return { $case: "exists", value: condition.exists };
  if ("revision" in condition) return { $case: "revision", value: condition.revision };
  if ("value" in condition) {
    return { $case: "value", value: toBuffer(encodeValue(codec, condition.value)) };
  }
  throw invalidField(field, "must have exists, revision or value");
}

function toPrecondition<V>(
  precondition: Precondition<V> | undefined,
  codec: Codec<V>,
): wire.SetRequest["precondition"] {
  if (precondition === undefined) return undefined;
  return { condition: toCheck(precondition, codec, "precondition") };
}

export interface SetInput<V> {
  readonly key: string;
  readonly value: V;
  readonly requestId: string;
}

export function toSetRequest<V>(
  { key, value, requestId }: SetInput<V>,
  options: SetOptions<V>,
  codec: Codec<V>,
): wire.SetRequest {
  checkKey(key);
  return {
    key,
    value: toBuffer(encodeValue(codec, value)),
    expiration: toExpiration(options),
    contentType: options.contentType ?? codec.contentType,
    precondition: toPrecondition(options.precondition, codec),
    returnPrevious: options.returnPrevious ?? false,
    requestId,
  };
}

interface KeyInput {
  readonly key: string;
  readonly requestId: string;
}

export function toDeleteRequest<V>(
  { key, requestId }: KeyInput,
  options: DeleteOptions<V>,
  codec: Codec<V>,
): wire.DeleteRequest {
  checkKey(key);
  return {
    key,
    precondition: toPrecondition(options.precondition, codec),
    returnPrevious: options.returnPrevious ?? false,
    requestId,
  };
}

export function toTouchRequest<V>(
  { key, requestId }: KeyInput,
  options: TouchOptions<V>,
  codec: Codec<V>,
): wire.TouchRequest {
  checkKey(key);
  return {
    key,
    expiration: toTouchExpiration(options),
    precondition: toPrecondition(options.precondition, codec),
    returnPrevious: options.returnPrevious ?? false,
    requestId,
  };
}

export interface IncrementInput extends KeyInput {
  readonly delta: number | bigint;
}

const INT64_LIMIT = 2n ** 63n;

export function toIncrementRequest(
  { key, delta, requestId }: IncrementInput,
  options: IncrementOptions,
): wire.IncrementRequest {
  checkKey(key);
  if (typeof delta !== "bigint" && !Number.isSafeInteger(delta)) {
    throw invalidField("delta", "must be a whole number; past 2^53, a bigint");
  }
  if (BigInt.asIntN(64, BigInt(delta)) !== BigInt(delta)) {
    throw invalidField(
      "delta",
      `must be from -${String(INT64_LIMIT)} to ${String(INT64_LIMIT - 1n)}`,
    );
  }
  return { key, delta: String(delta), expiration: toExpiration(options), requestId };
}

export function toCondition<V>(condition: Condition<V>, codec: Codec<V>): wire.Condition {
  checkKey(condition.key);
  return { key: condition.key, check: toCheck(condition, codec, "conditions") };
}

/** A step of a transaction, which has no request id of its own. */
export function toOperation<V>(operation: Operation<V>, codec: Codec<V>): wire.Operation {
  return { operation: toWireOperation(operation, codec) };
}

function toWireOperation<V>(operation: Operation<V>, codec: Codec<V>): WireOperation {
  const requestId = "";
  const { kind, key } = operation;
  switch (kind) {
    case "set": {
      const { value } = operation;
      return { $case: "set", value: toSetRequest({ key, value, requestId }, operation, codec) };
    }
    case "get":
      checkKey(key);
      return { $case: "get", value: { key, revision: 0 } };
    case "delete":
      return { $case: "delete", value: toDeleteRequest({ key, requestId }, operation, codec) };
    case "touch":
      return { $case: "touch", value: toTouchRequest({ key, requestId }, operation, codec) };
    case "increment": {
      const { delta = 1 } = operation;
      return {
        $case: "increment",
        value: toIncrementRequest({ key, delta, requestId }, operation),
      };
    }
  }
}
