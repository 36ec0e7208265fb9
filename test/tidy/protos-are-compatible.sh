#!/bin/sh
# Compares proto/ with the newest release tag (v*) that HEAD has behind it: nothing that a client was built on may change.
# Without a release there is nothing to break, and it says so.
set -eu

tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)
if [ -z "$tag" ]; then
  echo "    No release tag is here, so there is nothing to be compatible with. In a clone without tags: git fetch --tags."
  exit 0
fi
echo "    Comparing with $tag"
released=$(mktemp -d)
trap 'rm -rf "$released"' EXIT
# What was released is written out, so that it does not matter how the repository is laid out on this disk.
git archive "$tag" proto | tar -x -C "$released"
node_modules/.bin/buf breaking proto --against "$released/proto"
