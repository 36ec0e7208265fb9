#!/bin/sh
# Stands for grpcurl where only buf is there: the words of grpcurl that our pages use, said to `buf curl`. What only grpcurl
# can do ends with 64. BUF is buf.
set -eu

only_grpcurl() {
  echo "buf has nothing for: $*" >&2
  exit 64
}

for word in "$@"; do
  case $word in describe | -format-error) only_grpcurl "$@" ;; esac
done
[ "$1" = -plaintext ] && shift

timeout=
data='{}'
emit=
while [ $# -gt 0 ]; do
  case $1 in
    -max-time) timeout="--timeout=$2s" && shift 2 ;;
    -emit-defaults) emit=--emit-defaults && shift ;;
    -d) data=$2 && shift 2 ;;
    -*) only_grpcurl "$@" ;;
    *) break ;;
  esac
done
[ "$data" = @ ] && data=@-

case $2 in
  list) [ $# -eq 2 ] || only_grpcurl "$@"; exec "$BUF" curl --protocol grpc --list-services "http://$1" ;;
  *) exec "$BUF" curl --protocol grpc ${timeout:+"$timeout"} $emit -d "$data" "http://$1/$2" ;;
esac
