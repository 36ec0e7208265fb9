/**
 * The schema as it was built, comments included: each file as the bytes that the compiler wrote, and as a
 * message that can be read. Strict decoding and reflection both look things up here.
 */

import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";

import { DESCRIPTOR_SET_BASE64 } from "../../generated/descriptors.js";

/** The one field of google.protobuf.FileDescriptorSet: `repeated FileDescriptorProto file = 1`. */
const FILE_FIELD_NUMBER = 1;

export interface SchemaFile {
  readonly name: string;
  /** As built: encoding it again could lose what this library does not know. */
  readonly bytes: Buffer;
  readonly descriptor: FileDescriptorProto;
}

/** The bytes of the FileDescriptorSet that this program was built with. */
export function builtDescriptorSet(): Buffer {
  return Buffer.from(DESCRIPTOR_SET_BASE64, "base64");
}

/** The files of a serialised google.protobuf.FileDescriptorSet, in its order. Throws where it is malformed. */
export function readDescriptorSet(descriptorSet: Buffer): readonly SchemaFile[] {
  const reader = new BinaryReader(descriptorSet);
  const files: SchemaFile[] = [];
  while (reader.pos < reader.len) {
    const [fieldNumber, wireType] = reader.tag();
    if (fieldNumber !== FILE_FIELD_NUMBER || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, fieldNumber);
      continue;
    }
    const bytes = Buffer.from(reader.bytes());
    const descriptor = fromBinary(FileDescriptorProtoSchema, bytes);
    files.push({ name: descriptor.name, bytes, descriptor });
  }
  return files;
}
