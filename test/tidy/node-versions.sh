#!/bin/sh
# Runs the built program and a quick part of its tests on the first and the newest release of each line of Node.js that package.json
# names, or on those in VERSIONS. The releases come from npm, and are removed again. What is built is built once, by the Node.js of this
# machine; so are the packages that were installed.
set -eu

platform=$(node -p 'process.platform + "-" + process.arch')
ranges=$(node -p 'require("./package.json").engines.node.replaceAll("||", " ")')
versions=${VERSIONS:-$(for range in $ranges; do echo "${range#^} $range"; done)}

# Every call of the pages through a real server, and what a store is, on a real disk too.
tests="dist/test/pages/*.test.js dist/test/conformance/local.test.js dist/test/disk/*.test.js dist/test/storage/compression.test.js"

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
summary=
status=0
for version in $versions; do
  npm install --prefix "$place" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error \
    "node-$platform@$version" >/dev/null
  node=$place/node_modules/node-$platform/bin/node
  echo "==> Node.js $("$node" --version)"
  # The processes that tests start are of the same Node.js. What is slow here is not what is asked.
  # shellcheck disable=SC2086
  if output=$("$node" node_modules/mocha/bin/mocha.js --timeout 60000 $tests 2>&1); then
    result=$(echo "$output" | tail -n 1)
  else
    status=1
    echo "$output"
    result=FAILED
  fi
  echo "    $result"
  summary="$summary    $("$node" --version): $result
"
done
echo "==> Node.js, by release:"
printf '%s' "$summary"
exit $status
