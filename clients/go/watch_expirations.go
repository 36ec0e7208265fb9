package keyvaluedb

import (
	"context"
	"iter"
	"strconv"
	"time"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// ExpirationsMessage is what a watch of expirations tells at once: expirations, or how far it is.
type ExpirationsMessage struct {
	// Expirations are in the order in which they were committed.
	Expirations []Expired
	// ResumeToken is from where a watch goes on that has this message, with [FromToken].
	ResumeToken string
	// Progress is set on a mark, and on the first message: everything up to there was told.
	Progress *Progress
}

// Expired is a key that expired. (Revision, Index) identifies it: who is told twice sees the same pair.
type Expired struct {
	Revision int64
	// Index is the place within the transaction, from 0.
	Index int
	Key   string
	// Value is what it had, if that was asked for with [WithExpiredValues].
	Value []byte
	// ValueSize is the size of the value in bytes, whether or not it is here.
	ValueSize int64
	// ValueOmitted: the value was asked for, but is not here: it was too large to be kept or sent, or it was damaged.
	ValueOmitted bool
	ContentType  string
	// ExpireTime is the deadline that passed; CommitTime, never before it, is when the store ended the key.
	ExpireTime, CommitTime time.Time
	Cause                  ExpirationCause
}

// ExpirationCause is why the store ended a key by itself.
type ExpirationCause int

// Causes. A later server may have others.
const (
	// CauseDeadline: the deadline passed while the server was running.
	CauseDeadline ExpirationCause = ExpirationCause(pb.ExpirationCause_EXPIRATION_CAUSE_DEADLINE)
	// CauseDeadlineWhileDown: the deadline passed while the server was down; it was noticed at the next start.
	CauseDeadlineWhileDown ExpirationCause = ExpirationCause(pb.ExpirationCause_EXPIRATION_CAUSE_DEADLINE_WHILE_DOWN)
)

// String is the schema's name, such as `DEADLINE`.
func (c ExpirationCause) String() string {
	switch c {
	case CauseDeadline:
		return "DEADLINE"
	case CauseDeadlineWhileDown:
		return "DEADLINE_WHILE_DOWN"
	default:
		return "ExpirationCause(" + strconv.Itoa(int(c)) + ")"
	}
}

// WatchExpirationsOption is an option of [Client.WatchExpirations]: a [StartPosition], [WithExpiredValues] or
// [WithProgressInterval].
type WatchExpirationsOption interface {
	applyWatchExpirations(*pb.WatchExpirationsRequest)
}

// WithExpiredValues tells the values that the keys had, too.
func WithExpiredValues() WatchExpirationsOption {
	return withExpiredValues{}
}

type withExpiredValues struct{}

func (withExpiredValues) applyWatchExpirations(request *pb.WatchExpirationsRequest) {
	request.IncludeValue = true
}

// WatchExpirations tells every expiration in a range, in order, once it is durable, until the context ends or the loop does.
// It goes on by itself as [Client.Watch] does. To miss none across restarts of one's own program, keep the token of the last
// message that was dealt with, and begin with [FromToken].
func (c *Client) WatchExpirations(ctx context.Context, keys Range, options ...WatchExpirationsOption) iter.Seq2[ExpirationsMessage, error] {
	request := &pb.WatchExpirationsRequest{}
	for _, option := range options {
		option.applyWatchExpirations(request)
	}
	return func(yield func(ExpirationsMessage, error) bool) {
		follower := follower[*pb.WatchExpirationsResponse]{
			client: c,
			open: func(ctx context.Context, start *pb.StartPosition) (stream[*pb.WatchExpirationsResponse], error) {
				return c.store.WatchExpirations(ctx, &pb.WatchExpirationsRequest{
					Range:            keys.sent,
					Start:            start,
					IncludeValue:     request.GetIncludeValue(),
					ProgressInterval: request.GetProgressInterval(),
				}, waitForServer)
			},
			give: func(message *pb.WatchExpirationsResponse, _ beginning) bool {
				return yield(toExpirationsMessage(message), nil)
			},
			position: newPosition(request.GetStart()),
		}
		if failed := follower.run(ctx); failed != nil {
			yield(ExpirationsMessage{}, failed)
		}
	}
}

func toExpirationsMessage(sent *pb.WatchExpirationsResponse) ExpirationsMessage {
	expirations := make([]Expired, len(sent.GetExpirations()))
	for at, expired := range sent.GetExpirations() {
		expirations[at] = toExpired(expired)
	}
	return ExpirationsMessage{
		Expirations: expirations,
		ResumeToken: sent.GetResumeToken(),
		Progress:    toProgress(sent.GetProgress()),
	}
}

func toExpired(sent *pb.Expiration) Expired {
	return Expired{
		Revision:     sent.GetRevision(),
		Index:        int(sent.GetIndex()),
		Key:          sent.GetKey(),
		Value:        sent.GetValue(),
		ValueSize:    sent.GetValueSize(),
		ValueOmitted: sent.GetValueOmitted(),
		ContentType:  sent.GetContentType(),
		ExpireTime:   toTime(sent.GetExpireTime()),
		CommitTime:   toTime(sent.GetCommitTime()),
		Cause:        ExpirationCause(sent.GetCause()),
	}
}
