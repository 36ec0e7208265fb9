package keyvaluedb_test

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
	"github.com/keyvaluedb/keyvaluedb/clients/go/cbor"
	"github.com/keyvaluedb/keyvaluedb/clients/go/msgpack"
)

type user struct {
	Name  string         `json:"name"`
	Age   int            `json:"age"`
	Tags  []string       `json:"tags"`
	Extra map[string]any `json:"extra"`
}

var ada = user{Name: "Ada", Age: 300, Tags: []string{"<a>", "ü"}, Extra: map[string]any{"on": true}}

// again encodes and decodes with the content type in capitals and with a parameter.
func again[T any](t *testing.T, codec keyvaluedb.Codec[T], value T) T {
	t.Helper()
	data, err := keyvaluedb.Encode(codec, value)
	if err != nil {
		t.Fatal(err)
	}
	contentType := strings.ToUpper(codec.ContentType()) + "; v=1"
	read, err := keyvaluedb.Decode(codec, keyvaluedb.Entry{Value: data, ContentType: contentType})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestCodecsReadWhatTheyWrote(t *testing.T) {
	for name, codec := range map[string]keyvaluedb.Codec[user]{
		"json": keyvaluedb.JSON[user](), "msgpack": msgpack.Codec[user](), "cbor": cbor.Codec[user](),
	} {
		if got := again(t, codec, ada); !reflect.DeepEqual(got, ada) {
			t.Errorf("%s reads %+v", name, got)
		}
	}
	if got := again(t, keyvaluedb.Text(), "ü"); got != "ü" {
		t.Errorf("text reads %q", got)
	}
	if got := again(t, keyvaluedb.Bytes(), []byte{0xff}); !bytes.Equal(got, []byte{0xff}) {
		t.Errorf("bytes reads %v", got)
	}
	duration := &durationpb.Duration{Seconds: 1, Nanos: 2}
	if got := again(t, keyvaluedb.Protobuf[*durationpb.Duration](), duration); !proto.Equal(got, duration) {
		t.Errorf("protobuf reads %v", got)
	}
}

func TestOpenTypesAreThoseOfJSON(t *testing.T) {
	value := map[string]any{"text": "ü", "list": []any{true, nil}, "half": 2.5}
	for name, codec := range map[string]keyvaluedb.Codec[any]{
		"json": keyvaluedb.JSON[any](), "msgpack": msgpack.Codec[any](), "cbor": cbor.Codec[any](),
	} {
		if got := again(t, codec, any(value)); !reflect.DeepEqual(got, any(value)) {
			t.Errorf("%s reads %#v", name, got)
		}
	}
	for name, codec := range map[string]keyvaluedb.Codec[any]{"msgpack": msgpack.Codec[any](), "cbor": cbor.Codec[any]()} {
		if got := again(t, codec, any([]byte{0xff})); !reflect.DeepEqual(got, any([]byte{0xff})) {
			t.Errorf("%s reads bytes as %#v", name, got)
		}
	}
}

func TestBytesOnTheWire(t *testing.T) {
	value := any(map[string]any{"b": int64(300), "a": int64(-1)})
	for name, chosen := range map[string]struct {
		codec keyvaluedb.Codec[any]
		want  string
	}{
		"json":    {keyvaluedb.JSON[any](), `{"a":-1,"b":300}`},
		"msgpack": {msgpack.Codec[any](), "\x82\xa1a\xff\xa1b\xcd\x01\x2c"},
		"cbor":    {cbor.Codec[any](), "\xa2aa\x20ab\x19\x01\x2c"},
	} {
		if got, err := chosen.codec.Encode(value); err != nil || string(got) != chosen.want {
			t.Errorf("%s writes %q, %v", name, got, err)
		}
	}
	if got, err := keyvaluedb.JSON[string]().Encode("<&>"); err != nil || string(got) != `"<&>"` {
		t.Errorf("json writes %q, %v", got, err)
	}
}

func TestMediaTypes(t *testing.T) {
	for name, chosen := range map[string]struct {
		reads     func(string) bool
		yes, noes []string
	}{
		"bytes":    {keyvaluedb.Bytes().Reads, []string{"", "text/plain", "a/b"}, nil},
		"text":     {keyvaluedb.Text().Reads, []string{"", "text/plain", "text/html"}, []string{"application/json"}},
		"json":     {keyvaluedb.JSON[any]().Reads, []string{"application/json", "application/ld+json"}, []string{"", "text/json", "application/jsonx"}},
		"msgpack":  {msgpack.Codec[any]().Reads, []string{"application/vnd.msgpack", "application/msgpack", "application/x-msgpack"}, []string{"", "application/cbor"}},
		"cbor":     {cbor.Codec[any]().Reads, []string{"application/cbor", "application/senml+cbor"}, []string{"", "application/json"}},
		"protobuf": {keyvaluedb.Protobuf[*durationpb.Duration]().Reads, []string{"application/protobuf", "application/x-protobuf", "application/vnd.google.protobuf"}, []string{"", "application/json"}},
	} {
		for _, mediaType := range chosen.yes {
			if !chosen.reads(mediaType) {
				t.Errorf("%s does not read %q", name, mediaType)
			}
		}
		for _, mediaType := range chosen.noes {
			if chosen.reads(mediaType) {
				t.Errorf("%s reads %q", name, mediaType)
			}
		}
	}
}

func fails[T any](t *testing.T, codec keyvaluedb.Codec[T], contentType, data string) *keyvaluedb.Error {
	t.Helper()
	entry := keyvaluedb.Entry{Key: "a", Value: []byte(data), ContentType: contentType}
	value, err := keyvaluedb.Decode(codec, entry)
	var failed *keyvaluedb.Error
	if !errors.As(err, &failed) || failed.Reason != keyvaluedb.ErrDecodeFailed || failed.Metadata["key"] != "a" {
		t.Fatalf("%.20q as %s reads %v, %v", data, contentType, value, err)
	}
	return failed
}

func TestDecodeFailed(t *testing.T) {
	failed := fails(t, keyvaluedb.JSON[any](), "application/cbor", "1")
	if !strings.Contains(failed.Message, "application/cbor") || !strings.Contains(failed.Message, "application/json") {
		t.Errorf("it does not name both: %s", failed.Message)
	}
	fails(t, keyvaluedb.Text(), "text/plain", "\xff")
	for _, data := range []string{"", "{", "1 2", "\"\xff\""} {
		fails(t, keyvaluedb.JSON[any](), "application/json", data)
	}
	for _, data := range []string{"", "\x91", "\x01\x01", "\xc1", strings.Repeat("\x91", 1<<20), "\xdd\xff\xff\xff\xff"} {
		fails(t, msgpack.Codec[any](), "application/msgpack", data)
	}
	for _, data := range []string{"", "\x81", "\x01\x01", "\xff", strings.Repeat("\x81", 1<<20), "\x9a\xff\xff\xff\xff"} {
		fails(t, cbor.Codec[any](), "application/cbor", data)
	}
	fails(t, keyvaluedb.Protobuf[*durationpb.Duration](), "application/protobuf", "\xff")
	fails(t, msgpack.Codec[user](), "application/msgpack", "\x01")
	fails(t, cbor.Codec[user](), "application/cbor", "\x01")
}

func TestEncodeFailed(t *testing.T) {
	for name, err := range map[string]error{
		"text":     second(keyvaluedb.Encode(keyvaluedb.Text(), "\xff")),
		"json":     second(keyvaluedb.Encode(keyvaluedb.JSON[float64](), math.NaN())),
		"protobuf": second(keyvaluedb.Encode(keyvaluedb.Protobuf[*durationpb.Duration](), nil)),
		"cbor":     second(keyvaluedb.Encode(cbor.Codec[any](), any(make(chan int)))),
	} {
		if !errors.Is(err, keyvaluedb.ErrEncodeFailed) {
			t.Errorf("%s fails with %v", name, err)
		}
	}
}

func second[A any](_ A, err error) error { return err }
