#!/bin/sh
# Writes the stubs, with their types, from ../../proto into the directory that is named. Needs .venv-generate.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
target=$1
bin=$here/.venv-generate/bin
foreign=$("$bin/python" -c 'import google.rpc, os; print(os.path.dirname(os.path.dirname(os.path.dirname(list(google.rpc.__path__)[0] + "/"))))')
well_known=$("$bin/python" -c 'import grpc_tools, os; print(os.path.join(os.path.dirname(grpc_tools.__file__), "_proto"))')

PATH=$bin:$PATH "$bin/python" -m grpc_tools.protoc \
  -I "$here/../../proto" -I "$foreign" -I "$well_known" \
  --python_out="$target" --grpc_python_out="$target" --mypy_out=quiet,relax_strict_optional_primitives:"$target" --mypy_grpc_out=quiet:"$target" \
  keyvaluedb/v1/types.proto keyvaluedb/v1/key_value_service.proto keyvaluedb/v1/admin_service.proto
# Types have no service.
rm "$target"/keyvaluedb/v1/types_pb2_grpc.*
printf '"""The stubs that proto/keyvaluedb/v1 generates. The client of this package is made on them."""\n' \
  >"$target/keyvaluedb/v1/__init__.py"
