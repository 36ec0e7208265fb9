package keyvaluedb

import (
	"context"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Tx is one attempt of a [Client.Transaction]. It gathers writes, which are made when the function returns. It is for the
// function that it was given to, and not safe for concurrent use.
type Tx struct {
	client     *Client
	chosen     settings
	read       map[string]seen
	order      []string
	written    map[string]seen
	operations []*pb.Operation
}

// seen is what a transaction knows of a key.
type seen struct {
	entry Entry
	found bool
	// unsure: it was incremented or touched, and only the server knows what it is now.
	unsure bool
}

func newTx(client *Client, chosen settings) *Tx {
	return &Tx{client: client, chosen: chosen, read: map[string]seen{}, written: map[string]seen{}}
}

// Get reads a key: as this transaction has left it, else as it was when it first read it. An entry that the transaction
// set itself has its key, value and content type only. A key that it incremented or touched cannot be read, which is
// [ErrInvalidField].
func (tx *Tx) Get(ctx context.Context, key string) (entry Entry, found bool, err error) {
	if known, isWritten := tx.written[key]; isWritten {
		if known.unsure {
			return Entry{}, false, invalidField("key", "was incremented or touched in this transaction, and cannot be read in it")
		}
		return known.entry, known.found, nil
	}
	if known, isRead := tx.read[key]; isRead {
		return known.entry, known.found, nil
	}
	entry, found, err = tx.client.Get(ctx, key, tx.chosen.retries)
	if err != nil {
		return Entry{}, false, err
	}
	tx.read[key] = seen{entry: entry, found: found}
	tx.order = append(tx.order, key)
	return entry, found, nil
}

// Set sets a key, with an [Expiration] and [WithContentType] if wished.
func (tx *Tx) Set(key string, value []byte, options ...SetOption) {
	operation := OpSet(key, value, options...)
	tx.operations = append(tx.operations, operation.sent)
	request := operation.sent.GetSet()
	entry := Entry{Key: key, Value: value, ContentType: request.GetContentType()}
	tx.written[key] = seen{entry: entry, found: true}
}

// Delete deletes a key, if it is there.
func (tx *Tx) Delete(key string) {
	tx.operations = append(tx.operations, OpDelete(key).sent)
	tx.written[key] = seen{}
}

// Touch changes when a key expires, if it is there.
func (tx *Tx) Touch(key string, expiration Expiration) {
	tx.operations = append(tx.operations, OpTouch(key, expiration).sent)
	tx.written[key] = seen{unsure: true}
}

// Increment adds to the number that a key holds, without reading it first: so it is in nobody's way.
func (tx *Tx) Increment(key string, delta int64, options ...IncrementOption) {
	tx.operations = append(tx.operations, OpIncrement(key, delta, options...).sent)
	tx.written[key] = seen{unsure: true}
}
