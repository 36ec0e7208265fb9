package keyvaluedb

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
)

// Codec turns values of a type into bytes and back, and says what those are. It must be safe for concurrent use. To
// deflate or encrypt, make a codec around a codec.
type Codec[T any] interface {
	// ContentType is what it says of what it writes. Empty: nothing.
	ContentType() string
	// Reads reports whether it reads a media type, which comes in small letters and without parameters; empty where nobody
	// said what the value is.
	Reads(mediaType string) bool
	Encode(value T) ([]byte, error)
	Decode(data []byte) (T, error)
}

// Encode gives the bytes of a value. An error is [ErrEncodeFailed].
func Encode[T any](codec Codec[T], value T) ([]byte, error) {
	data, err := codec.Encode(value)
	if err != nil {
		return nil, &Error{
			Reason:  ErrEncodeFailed,
			Code:    codes.InvalidArgument,
			Message: fmt.Sprintf("this value cannot be encoded as %s: %v", nameOf(codec.ContentType()), err),
			cause:   err,
		}
	}
	return data, nil
}

// Decode gives the value of an entry, if the codec reads its content type. An error is [ErrDecodeFailed].
func Decode[T any](codec Codec[T], entry Entry) (T, error) {
	if !codec.Reads(mediaType(entry.ContentType)) {
		var nothing T
		return nothing, decodeFailed(entry, fmt.Errorf("it is of the content type %s, not %s", nameOf(entry.ContentType), nameOf(codec.ContentType())))
	}
	value, err := codec.Decode(entry.Value)
	if err != nil {
		var nothing T
		return nothing, decodeFailed(entry, err)
	}
	return value, nil
}

func decodeFailed(entry Entry, cause error) *Error {
	return &Error{
		Reason:   ErrDecodeFailed,
		Code:     codes.FailedPrecondition,
		Message:  fmt.Sprintf("the value of %q cannot be decoded: %v", entry.Key, cause),
		Metadata: map[string]string{"key": entry.Key},
		cause:    cause,
	}
}

// mediaType is a content type without its parameters and in small letters.
func mediaType(contentType string) string {
	plain, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(plain))
}

func nameOf(contentType string) string {
	if contentType == "" {
		return "(none)"
	}
	return contentType
}

var errNotUTF8 = errors.New("it is not valid UTF-8")
