// Package cbor is the codec for CBOR (RFC 8949), with [github.com/fxamacker/cbor/v2]: its struct tags `cbor`, or else
// `json`, hold. It stands apart so that who does not use it does not link it.
package cbor

import (
	"reflect"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

// Codec writes `application/cbor`, in the core deterministic encoding, so that equal values are equal bytes; it reads that and
// every `+cbor`. Where T leaves the type open, a map becomes a map[string]any.
func Codec[T any]() keyvaluedb.Codec[T] {
	return codec[T]{}
}

type codec[T any] struct{}

func (codec[T]) ContentType() string { return "application/cbor" }

func (codec[T]) Reads(mediaType string) bool {
	return mediaType == "application/cbor" || strings.HasSuffix(mediaType, "+cbor")
}

func (codec[T]) Encode(value T) ([]byte, error) {
	return encoding.Marshal(value)
}

// Decode refuses what nests deeper than 32 levels, the library's bound, and what has bytes behind the value.
func (codec[T]) Decode(data []byte) (T, error) {
	var value T
	err := decoding.Unmarshal(data, &value)
	return value, err
}

var encoding, decoding = modes()

func modes() (cbor.EncMode, cbor.DecMode) {
	encoding, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		panic(err)
	}
	decoding, err := cbor.DecOptions{DefaultMapType: reflect.TypeFor[map[string]any](), DupMapKey: cbor.DupMapKeyEnforcedAPF}.DecMode()
	if err != nil {
		panic(err)
	}
	return encoding, decoding
}
