/**
 * What strict decoding must know of a message: its fields by number, and how each lies on the wire.
 * Made from the descriptors, once.
 */

import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
  FieldOptions_JSType as JsType,
  type DescriptorProto,
  type FieldDescriptorProto,
} from "@bufbuild/protobuf/wkt";

import { builtDescriptorSet, readDescriptorSet, type SchemaFile } from "./descriptor-set.js";

/** What is checked of a field's value beyond that it is whole. */
export type FieldKind =
  | "text"
  | "bytes"
  | "message"
  /** A 64-bit integer that our code holds as a number: it must be a safe one. */
  | "int64"
  | "uint64"
  | "sint64"
  | "fixed64"
  | "sfixed64"
  /** Any value of these is taken. */
  | "varint"
  | "bits32"
  | "bits64";

export interface FieldShape {
  /** As the schema spells it. */
  readonly name: string;
  readonly number: number;
  readonly kind: FieldKind;
  readonly repeated: boolean;
  /** Of a field of kind "message": what it holds. */
  readonly message: MessageShape | undefined;
}

export interface MessageShape {
  /** Fully qualified, without a leading dot. */
  readonly typeName: string;
  readonly fields: ReadonlyMap<number, FieldShape>;
}

const FIELD_KINDS = {
  [Type.DOUBLE]: "bits64",
  [Type.FLOAT]: "bits32",
  [Type.INT64]: "int64",
  [Type.UINT64]: "uint64",
  [Type.INT32]: "varint",
  [Type.FIXED64]: "fixed64",
  [Type.FIXED32]: "bits32",
  [Type.BOOL]: "varint",
  [Type.STRING]: "text",
  // A group of the old kind is skipped whole, like a field that nobody knows.
  [Type.GROUP]: undefined,
  [Type.MESSAGE]: "message",
  [Type.BYTES]: "bytes",
  [Type.UINT32]: "varint",
  [Type.ENUM]: "varint",
  [Type.SFIXED32]: "bits32",
  [Type.SFIXED64]: "sfixed64",
  [Type.SINT32]: "varint",
  [Type.SINT64]: "sint64",
} satisfies Record<Type, FieldKind | undefined>;

interface ShapeUnderWay {
  readonly shape: MessageShape;
  readonly fields: Map<number, FieldShape>;
  readonly descriptor: DescriptorProto;
}

/** The shapes of every message of the files, nested ones included, by full name. */
function readMessageShapes(files: readonly SchemaFile[]): ReadonlyMap<string, MessageShape> {
  const underWay = new Map<string, ShapeUnderWay>();
  for (const { descriptor } of files) {
    collect(descriptor.package, descriptor.messageType, underWay);
  }
  // In a second round, because a message may hold itself, or one that is declared after it.
  for (const { fields, descriptor } of underWay.values()) {
    for (const field of descriptor.field) {
      const fieldShape = toFieldShape(field, underWay);
      if (fieldShape !== undefined) fields.set(field.number, fieldShape);
    }
  }
  return new Map([...underWay].map(([typeName, { shape }]) => [typeName, shape]));
}

let builtShapes: ReadonlyMap<string, MessageShape> | undefined;

/** The shape of a message of our own schema. Undefined for a name that it does not declare. */
export function messageShape(typeName: string): MessageShape | undefined {
  // Only servers decode strictly, so only they pay for reading the descriptors.
  builtShapes ??= readMessageShapes(readDescriptorSet(builtDescriptorSet()));
  return builtShapes.get(typeName);
}

function collect(
  scope: string,
  messages: readonly DescriptorProto[],
  into: Map<string, ShapeUnderWay>,
): void {
  for (const descriptor of messages) {
    const typeName = scope === "" ? descriptor.name : `${scope}.${descriptor.name}`;
    const fields = new Map<number, FieldShape>();
    into.set(typeName, { shape: { typeName, fields }, fields, descriptor });
    collect(typeName, descriptor.nestedType, into);
  }
}

function toFieldShape(
  field: FieldDescriptorProto,
  messages: ReadonlyMap<string, ShapeUnderWay>,
): FieldShape | undefined {
  const kind = isHeldAsText(field) ? "varint" : FIELD_KINDS[field.type];
  if (kind === undefined) return undefined;
  return {
    name: field.name,
    number: field.number,
    kind,
    repeated: field.label === Label.REPEATED,
    // Descriptors write a full name with a leading dot.
    message: kind === "message" ? messages.get(field.typeName.slice(1))?.shape : undefined,
  };
}

/** A 64-bit integer of which our code holds every digit, because the schema says so. */
function isHeldAsText({ type, options }: FieldDescriptorProto): boolean {
  return type === Type.INT64 && options?.jstype === JsType.JS_STRING;
}
