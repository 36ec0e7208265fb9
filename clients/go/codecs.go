package keyvaluedb

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
)

// Bytes leaves values as they are, and reads everything.
func Bytes() Codec[[]byte] {
	return bytesCodec{}
}

type bytesCodec struct{}

func (bytesCodec) ContentType() string                 { return "" }
func (bytesCodec) Reads(string) bool                   { return true }
func (bytesCodec) Encode(value []byte) ([]byte, error) { return value, nil }
func (bytesCodec) Decode(data []byte) ([]byte, error)  { return data, nil }

// Text writes `text/plain; charset=utf-8`, and reads every text and what has no content type. What is not valid UTF-8 is an
// error.
func Text() Codec[string] {
	return textCodec{}
}

type textCodec struct{}

func (textCodec) ContentType() string { return "text/plain; charset=utf-8" }

func (textCodec) Reads(mediaType string) bool {
	return mediaType == "" || strings.HasPrefix(mediaType, "text/")
}

func (textCodec) Encode(value string) ([]byte, error) {
	if !utf8.ValidString(value) {
		return nil, errNotUTF8
	}
	return []byte(value), nil
}

func (textCodec) Decode(data []byte) (string, error) {
	if !utf8.Valid(data) {
		return "", errNotUTF8
	}
	return string(data), nil
}

// JSON writes `application/json` as [json.Marshal] does, without escaping what only matters in HTML, and reads that and
// every `+json`.
func JSON[T any]() Codec[T] {
	return jsonCodec[T]{}
}

type jsonCodec[T any] struct{}

func (jsonCodec[T]) ContentType() string { return "application/json" }

func (jsonCodec[T]) Reads(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

func (jsonCodec[T]) Encode(value T) ([]byte, error) {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(written.Bytes(), []byte("\n")), nil
}

func (jsonCodec[T]) Decode(data []byte) (T, error) {
	var value T
	// It would replace what is not UTF-8 without a word.
	if !utf8.Valid(data) {
		return value, errNotUTF8
	}
	err := json.Unmarshal(data, &value)
	return value, err
}

// Protobuf writes `application/protobuf`, of one type of message, and reads that and its older names.
func Protobuf[M proto.Message]() Codec[M] {
	return protobufCodec[M]{}
}

type protobufCodec[M proto.Message] struct{}

func (protobufCodec[M]) ContentType() string { return "application/protobuf" }

func (protobufCodec[M]) Reads(mediaType string) bool {
	switch mediaType {
	case "application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf":
		return true
	}
	return false
}

func (protobufCodec[M]) Encode(message M) ([]byte, error) {
	if !message.ProtoReflect().IsValid() {
		return nil, errors.New("there is no message")
	}
	// So that the same message is the same bytes, as far as that can be had, for IfValue.
	return proto.MarshalOptions{Deterministic: true}.Marshal(message)
}

func (protobufCodec[M]) Decode(data []byte) (M, error) {
	var none M
	message, isM := none.ProtoReflect().Type().New().Interface().(M)
	if !isM {
		return none, errors.New("the codec was made for no type of message")
	}
	if err := proto.Unmarshal(data, message); err != nil {
		return none, err
	}
	return message, nil
}
