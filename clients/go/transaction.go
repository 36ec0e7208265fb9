package keyvaluedb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

const (
	defaultAttempts = 10

	// Who lost against another waits a random time up to this, which doubles with each attempt up to the most.
	firstConflictWait = 10 * time.Millisecond
	mostConflictWait  = 640 * time.Millisecond
)

// TransactionOption is an option of [Client.Transaction]: [WithAttempts] or [WithoutRetries].
type TransactionOption interface {
	applyTransaction(*transactionSettings)
}

type transactionSettings struct {
	settings
	attempts int
}

// WithAttempts says how often the function of a transaction is called at the most. The default is 10.
func WithAttempts(attempts int) TransactionOption {
	return withAttempts(attempts)
}

type withAttempts int

func (a withAttempts) applyTransaction(chosen *transactionSettings) { chosen.attempts = int(a) }

// Transaction calls a function that reads with [Tx.Get] and writes with the others, and then makes all of its writes at
// once, if everything that it read is still as it was. If something is not, the function is called again from its
// beginning, after a short random wait, up to 10 times or [WithAttempts]; after that the error is
// [ErrPreconditionFailed]. So the function should do nothing that cannot be done twice.
//
// An error of the function ends the transaction: nothing is written, and Transaction returns it as it is. What the
// function read and wrote is known to be so together only when Transaction has returned nil. Each call that it makes has
// the deadline of the context, or the client's timeout.
func (c *Client) Transaction(ctx context.Context, run func(tx *Tx) error, options ...TransactionOption) error {
	chosen := transactionSettings{attempts: defaultAttempts}
	for _, option := range options {
		option.applyTransaction(&chosen)
	}
	if chosen.attempts < 1 {
		return invalidField("attempts", "must be 1 or more")
	}
	for attempt := 1; ; attempt++ {
		tx := newTx(c, chosen.settings)
		if err := run(tx); err != nil {
			return err
		}
		done, err := tx.commit(ctx)
		if done || err != nil {
			return err
		}
		if attempt == chosen.attempts {
			return lostTooOften(attempt)
		}
		wait := rand.N(doubled(firstConflictWait, mostConflictWait, attempt-1) + 1)
		if failed := c.sleep(ctx, wait); failed != nil {
			return failed
		}
	}
}

// commit makes the writes, unless something that was read has changed; then done is false.
func (tx *Tx) commit(ctx context.Context) (done bool, err error) {
	// What one read says is true by itself.
	if len(tx.operations) == 0 && len(tx.read) <= 1 {
		return true, nil
	}
	request := &pb.TransactRequest{Then: tx.operations}
	for _, key := range tx.order {
		request.Conditions = append(request.Conditions, IfRevision(tx.read[key].entry.Revision).Of(key).sent())
	}
	answer, err := tx.client.transact(ctx, request, tx.chosen)
	return answer.Succeeded, err
}

func lostTooOften(attempts int) *Error {
	return &Error{
		Reason:  ErrPreconditionFailed,
		Code:    codes.Aborted,
		Message: fmt.Sprintf("transaction: others changed what it had read, in each of %d attempts", attempts),
	}
}
