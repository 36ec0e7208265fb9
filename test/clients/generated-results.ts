/** The results of a reply as the generated reader reads them. */

import { BinaryReader } from "@bufbuild/protobuf/wire";

import { OperationResult } from "../../generated/keyvaluedb/v1/key_value_service.js";

/**
 * Each result by itself, with nothing after it: within a message, what is generated goes on past the end of a part that
 * has tag 0 in it, into whatever follows.
 */
export function readByGenerated(bytes: Buffer): OperationResult[] {
  const all: OperationResult[] = [];
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    reader.tag();
    all.push(OperationResult.decode(reader.bytes()));
  }
  return all;
}
