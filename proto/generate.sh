#!/bin/sh
# Builds what the schema generates: TypeScript, and the FileDescriptorSet that reflection serves, comments
# included. `proto/generate.sh` refreshes generated/ of this project; `proto/generate.sh DIRECTORY` writes
# DIRECTORY/generated/ instead, to be compared with it. Needs what `npm ci` installs, and no network.
set -eu

target=${1:-"$(dirname "$0")/.."}
target=$(cd "$target" && pwd)
cd "$(dirname "$0")"
buf=../node_modules/.bin/buf

"$buf" generate --output "$target"
"$buf" build --as-file-descriptor-set --output "$target/generated/descriptors.binpb"

# The same bytes as a module, so that the program finds them wherever it is installed.
node --input-type=module - "$target/generated" <<'SCRIPT'
import { readFileSync, writeFileSync } from "node:fs";

const directory = process.argv[2];
const text = readFileSync(`${directory}/descriptors.binpb`).toString("base64");
writeFileSync(
  `${directory}/descriptors.ts`,
  `// Made by proto/generate.sh. DO NOT EDIT.\n\n` +
    `/** The bytes of descriptors.binpb, a google.protobuf.FileDescriptorSet with comments, in base64. */\n` +
    `export const DESCRIPTOR_SET_BASE64 =\n  "${text}";\n`,
);
SCRIPT
