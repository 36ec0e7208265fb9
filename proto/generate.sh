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
