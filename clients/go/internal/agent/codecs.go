package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"mime"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
	"github.com/keyvaluedb/keyvaluedb/clients/go/cbor"
	"github.com/keyvaluedb/keyvaluedb/clients/go/msgpack"
)

// jsonCodec is a codec of the client whose values come and go as JSON.
type jsonCodec interface {
	reads(contentType string) bool
	encode(value json.RawMessage) (encoded, error)
	decode(entry keyvaluedb.Entry) (any, error)
	set(call call) (keyvaluedb.SetResult, error)
	get(ctx context.Context, client *keyvaluedb.Client, key string) (found, error)
}

type encoded struct {
	Bytes       []byte `json:"bytes"`
	ContentType string `json:"content_type"`
}

type found struct {
	Value       any    `json:"value"`
	ContentType string `json:"content_type,omitempty"`
}

// adapter turns JSON into values of T and back.
type adapter[T any] struct {
	codec    keyvaluedb.Codec[T]
	fromJSON func(json.RawMessage) (T, error)
	toJSON   func(T) any
}

var codecs = map[string]jsonCodec{
	"bytes":    adapter[[]byte]{keyvaluedb.Bytes(), parsed[[]byte], func(value []byte) any { return notNil(value) }},
	"text":     adapter[string]{keyvaluedb.Text(), parsed[string], same[string]},
	"json":     adapter[any]{keyvaluedb.JSON[any](), parsedNumbers, same[any]},
	"msgpack":  adapter[any]{msgpack.Codec[any](), parsedNumbers, same[any]},
	"cbor":     adapter[any]{cbor.Codec[any](), parsedNumbers, same[any]},
	"protobuf": adapter[*durationpb.Duration]{keyvaluedb.Protobuf[*durationpb.Duration](), parsedDuration, durationToJSON},
	"hex":      adapter[string]{hexCodec{}, parsed[string], same[string]},
}

// named are the codecs that a content type can name.
var named = []string{"json", "msgpack", "cbor", "protobuf", "hex", "text"}

func (a adapter[T]) reads(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	return err == nil && a.codec.Reads(mediaType)
}

func (a adapter[T]) value(text json.RawMessage) (T, error) {
	value, err := a.fromJSON(text)
	if err != nil {
		// In Go the compiler refuses what is no value of T.
		return value, &keyvaluedb.Error{Reason: keyvaluedb.ErrEncodeFailed, Code: codes.InvalidArgument, Message: err.Error()}
	}
	return value, nil
}

func (a adapter[T]) encode(text json.RawMessage) (encoded, error) {
	value, err := a.value(text)
	if err != nil {
		return encoded{}, err
	}
	data, err := keyvaluedb.Encode(a.codec, value)
	return encoded{Bytes: notNil(data), ContentType: a.codec.ContentType()}, err
}

func (a adapter[T]) decode(entry keyvaluedb.Entry) (any, error) {
	value, err := keyvaluedb.Decode(a.codec, entry)
	if err != nil {
		return nil, err
	}
	return a.toJSON(value), nil
}

func (a adapter[T]) set(call call) (keyvaluedb.SetResult, error) {
	value, err := a.value(call.command.Value)
	if err != nil {
		return keyvaluedb.SetResult{}, err
	}
	return keyvaluedb.NewTyped(call.client, a.codec).Set(call.ctx, call.command.Key, value, retrying(call, call.command.setOptions())...)
}

func (a adapter[T]) get(ctx context.Context, client *keyvaluedb.Client, key string) (found, error) {
	entry, isFound, err := keyvaluedb.NewTyped(client, a.codec).GetEntry(ctx, key)
	if err != nil || !isFound {
		return found{}, err
	}
	return found{Value: a.toJSON(entry.Decoded), ContentType: entry.ContentType}, nil
}

func codecNamed(name string) (jsonCodec, error) {
	codec, is := codecs[name]
	if !is {
		return nil, faultf("there is no codec %q", name)
	}
	return codec, nil
}

func (a *agent) encode(command command) (any, error) {
	codec, err := codecNamed(command.Codec)
	if err != nil {
		return nil, err
	}
	return codec.encode(command.Value)
}

func (a *agent) decode(command command) (any, error) {
	codec, err := codecNamed(command.Codec)
	if err != nil {
		return nil, err
	}
	entry := keyvaluedb.Entry{Key: command.Key, Value: command.Bytes}
	if command.ContentType != nil {
		entry.ContentType = *command.ContentType
	}
	value, err := codec.decode(entry)
	return map[string]any{"value": value}, err
}

func setValue(call call) (any, error) {
	codec, err := codecNamed(call.command.Codec)
	if err != nil {
		return nil, err
	}
	result, err := codec.set(call)
	return toSetReply(result), err
}

func getValue(call call) (any, error) {
	if call.command.Codec != "" {
		codec, err := codecNamed(call.command.Codec)
		if err != nil {
			return nil, err
		}
		return codec.get(call.ctx, call.client, call.command.Key)
	}
	entry, isFound, err := call.client.Get(call.ctx, call.command.Key)
	if err != nil || !isFound {
		return found{}, err
	}
	value, err := codecOf(entry.ContentType).decode(entry)
	return found{Value: value, ContentType: entry.ContentType}, err
}

func codecOf(contentType string) jsonCodec {
	for _, name := range named {
		if codecs[name].reads(contentType) {
			return codecs[name]
		}
	}
	return codecs["bytes"]
}

func parsed[T any](text json.RawMessage) (T, error) {
	var value T
	err := json.Unmarshal(text, &value)
	return value, err
}

// parsedNumbers keeps whole numbers whole, which other formats tell from others.
func parsedNumbers(text json.RawMessage) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	err := decoder.Decode(&value)
	return withNumbers(value), err
}

func withNumbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		number, _ := value.Float64()
		return number
	case []any:
		for at, item := range value {
			value[at] = withNumbers(item)
		}
	case map[string]any:
		for name, member := range value {
			value[name] = withNumbers(member)
		}
	}
	return value
}

func same[T any](value T) any {
	return value
}

type durationJSON struct {
	Seconds int64 `json:"seconds"`
	Nanos   int32 `json:"nanos"`
}

func parsedDuration(text json.RawMessage) (*durationpb.Duration, error) {
	value, err := parsed[*durationJSON](text)
	if err != nil || value == nil {
		return nil, errors.Join(err, errors.New("no duration"))
	}
	return &durationpb.Duration{Seconds: value.Seconds, Nanos: value.Nanos}, nil
}

func durationToJSON(duration *durationpb.Duration) any {
	return durationJSON{Seconds: duration.GetSeconds(), Nanos: duration.GetNanos()}
}

// hexCodec is one as a user would make it.
type hexCodec struct{}

func (hexCodec) ContentType() string         { return "application/x-hex" }
func (hexCodec) Reads(mediaType string) bool { return mediaType == "application/x-hex" }
func (hexCodec) Encode(value string) ([]byte, error) {
	return []byte(hex.EncodeToString([]byte(value))), nil
}

func (hexCodec) Decode(data []byte) (string, error) {
	text, err := hex.DecodeString(strings.TrimSpace(string(data)))
	return string(text), err
}
