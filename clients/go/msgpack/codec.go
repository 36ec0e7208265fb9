// Package msgpack is the codec for MessagePack, with [github.com/ugorji/go/codec]: struct tags `msgpack`, or else `codec`,
// or else `json`, hold. It stands apart so that who does not use it does not link it.
package msgpack

import (
	"errors"
	"reflect"

	"github.com/ugorji/go/codec"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

// levelsMax bounds how deep values nest, so that bytes of a stranger cannot use up the stack.
const levelsMax = 128

var errMore = errors.New("there are bytes behind the value")

// Codec writes `application/vnd.msgpack`, with the keys of maps in order, so that equal values are equal bytes; it reads that
// and its older names. Where T leaves the type open, a map becomes a map[string]any, text a string, and bytes a []byte.
func Codec[T any]() keyvaluedb.Codec[T] {
	return msgpackCodec[T]{}
}

type msgpackCodec[T any] struct{}

func (msgpackCodec[T]) ContentType() string { return "application/vnd.msgpack" }

func (msgpackCodec[T]) Reads(mediaType string) bool {
	switch mediaType {
	case "application/vnd.msgpack", "application/msgpack", "application/x-msgpack":
		return true
	}
	return false
}

func (msgpackCodec[T]) Encode(value T) ([]byte, error) {
	var written []byte
	err := codec.NewEncoderBytes(&written, handle).Encode(value)
	return written, err
}

// Decode refuses what nests deeper than 128 levels, and what has bytes behind the value.
func (msgpackCodec[T]) Decode(data []byte) (T, error) {
	var value T
	decoder := codec.NewDecoderBytes(data, handle)
	if err := decoder.Decode(&value); err != nil {
		return value, err
	}
	if decoder.NumBytesRead() != len(data) {
		return value, errMore
	}
	return value, nil
}

var handle = newHandle()

func newHandle() *codec.MsgpackHandle {
	handle := &codec.MsgpackHandle{WriteExt: true}
	handle.TypeInfos = codec.NewTypeInfos([]string{"msgpack", "codec", "json"})
	handle.Canonical = true
	// The shortest form of each number, which is what other implementations write.
	handle.PositiveIntUnsigned = true
	handle.MapType = reflect.TypeFor[map[string]any]()
	handle.MaxDepth = levelsMax
	return handle
}
