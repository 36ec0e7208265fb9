#!/bin/sh
# Generates from proto/ into a temporary directory and compares: generated/ is committed, so it must be
# what proto/ gives today.
set -eu

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
sh proto/generate.sh "$fresh" >/dev/null
if ! diff -r generated "$fresh/generated"; then
  echo "generated/ is stale: run 'make generate' and commit what changes." >&2
  exit 1
fi
