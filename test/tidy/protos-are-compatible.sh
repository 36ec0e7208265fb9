#!/bin/sh
# Compares proto/ with the newest release tag (v*): nothing that a client was built on may change.
# Without a release there is nothing to break, and it says so.
set -eu

tag=$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null || true)
if [ -z "$tag" ]; then
  echo "    No release tag yet, so there is nothing to be compatible with."
  exit 0
fi
echo "    Comparing with $tag"
node_modules/.bin/buf breaking proto --against ".git#tag=$tag,subdir=proto"
