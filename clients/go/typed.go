package keyvaluedb

import (
	"context"
	"iter"
)

// Typed is a view of a client for values of one type. It has no state of its own: make as many as there are types.
//
//	users := keyvaluedb.NewTyped(client, keyvaluedb.JSON[User]())
//	_, err := users.Set(ctx, "user/7", User{Name: "Ada"})
//	user, found, err := users.Get(ctx, "user/7")
type Typed[T any] struct {
	client *Client
	codec  Codec[T]
}

// TypedEntry is an entry with its value, read.
type TypedEntry[T any] struct {
	Entry
	// Decoded is the value. That of the Entry is its bytes.
	Decoded T
}

// NewTyped makes a view of a client.
func NewTyped[T any](client *Client, codec Codec[T]) *Typed[T] {
	return &Typed[T]{client: client, codec: codec}
}

// Get reads the value of a key. One that is not there is no error: found is false. What is no value of this type is
// [ErrDecodeFailed].
func (t *Typed[T]) Get(ctx context.Context, key string, options ...GetOption) (value T, found bool, err error) {
	entry, found, err := t.GetEntry(ctx, key, options...)
	return entry.Decoded, found, err
}

// GetEntry reads a key as Get does, with what the store knows of it.
func (t *Typed[T]) GetEntry(ctx context.Context, key string, options ...GetOption) (entry TypedEntry[T], found bool, err error) {
	read, found, err := t.client.Get(ctx, key, options...)
	if err != nil || !found {
		return TypedEntry[T]{}, false, err
	}
	entry, err = t.read(read)
	return entry, err == nil, err
}

// Set sets a key to a value, with the content type of the codec. What cannot be encoded is [ErrEncodeFailed].
func (t *Typed[T]) Set(ctx context.Context, key string, value T, options ...SetOption) (SetResult, error) {
	data, err := Encode(t.codec, value)
	if err != nil {
		return SetResult{}, err
	}
	return t.client.Set(ctx, key, data, t.typed(options)...)
}

// Scan goes over the entries of a range as [Client.Scan] does, always with their values. One that is no value of this type is
// [ErrDecodeFailed], and the last.
func (t *Typed[T]) Scan(ctx context.Context, keys Range, options ...ScanOption) iter.Seq2[TypedEntry[T], error] {
	options = append([]ScanOption{WithValues()}, options...)
	return func(yield func(TypedEntry[T], error) bool) {
		for read, err := range t.client.Scan(ctx, keys, options...) {
			entry := TypedEntry[T]{}
			if err == nil {
				entry, err = t.read(read)
			}
			if !yield(entry, err) || err != nil {
				return
			}
		}
	}
}

// Decode reads the value of an entry that came otherwise, such as that of an [Event] or a `Previous`.
func (t *Typed[T]) Decode(entry Entry) (T, error) {
	return Decode(t.codec, entry)
}

// In is the same view within a transaction.
func (t *Typed[T]) In(tx *Tx) TypedTx[T] {
	return TypedTx[T]{typed: t, tx: tx}
}

// TypedTx reads and writes values of one type in a transaction. [Typed.In] makes it.
type TypedTx[T any] struct {
	typed *Typed[T]
	tx    *Tx
}

// Get reads the value of a key as [Tx.Get] does.
func (t TypedTx[T]) Get(ctx context.Context, key string) (value T, found bool, err error) {
	entry, found, err := t.tx.Get(ctx, key)
	if err != nil || !found {
		return value, false, err
	}
	value, err = t.typed.Decode(entry)
	return value, err == nil, err
}

// Set sets a key as [Tx.Set] does. What cannot be encoded is [ErrEncodeFailed].
func (t TypedTx[T]) Set(key string, value T, options ...SetOption) error {
	data, err := Encode(t.typed.codec, value)
	if err != nil {
		return err
	}
	t.tx.Set(key, data, t.typed.typed(options)...)
	return nil
}

func (t *Typed[T]) read(read Entry) (TypedEntry[T], error) {
	value, err := Decode(t.codec, read)
	if err != nil {
		return TypedEntry[T]{}, err
	}
	return TypedEntry[T]{Entry: read, Decoded: value}, nil
}

// typed says the codec's content type first, so that the caller's own comes over it.
func (t *Typed[T]) typed(options []SetOption) []SetOption {
	return append([]SetOption{WithContentType(t.codec.ContentType())}, options...)
}
