/** Messages of protobuf, of one type: as `@bufbuild/protobuf` generates them, or as ts-proto does. */

import {
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageShape,
  type Message,
} from "@bufbuild/protobuf";

import type { Codec } from "../codec.js";

/** What ts-proto generates for a message, and protobufjs nearly so. */
export interface MessageFunctions<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
  readonly $type?: string;
}

const CONTENT_TYPE = "application/protobuf";
const READ: readonly string[] = [
  CONTENT_TYPE,
  "application/x-protobuf",
  "application/vnd.google.protobuf",
];

/** Messages of one type. Which type it is, is not stored: a value of another may decode to nonsense. */
export function protobuf<Desc extends DescMessage>(schema: Desc): Codec<MessageShape<Desc>>;
export function protobuf<T>(functions: MessageFunctions<T>): Codec<T>;
export function protobuf(type: DescMessage | MessageFunctions<Message>): Codec<Message> {
  const shared = { contentType: CONTENT_TYPE, reads: (media: string) => READ.includes(media) };
  if ("encode" in type) {
    return {
      ...shared,
      name: type.$type ?? "protobuf",
      encode: (message) => type.encode(message).finish(),
      decode: (bytes) => type.decode(bytes),
    };
  }
  return {
    ...shared,
    name: type.typeName,
    encode: (message) => toBinary(type, message),
    decode: (bytes) => fromBinary(type, bytes),
  };
}
