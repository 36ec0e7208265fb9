package keyvaluedb

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Entry is a key with its value and what the store knows of it.
type Entry struct {
	Key   string
	Value []byte
	// Revision is that of the last change of this key, 1 or more. 0 in a [Tx]: the entry is this transaction's own.
	Revision int64
	// CreateRevision is the revision at which the key came to be.
	CreateRevision int64
	// Version is 1 for a new key, and one more with each Set.
	Version int64
	// ExpireTime is when the key expires, in whole milliseconds. The zero time: never.
	ExpireTime time.Time
	// UpdateTime is when the last change was committed.
	UpdateTime time.Time
	// ContentType is what the value is, such as `application/json`, as the last Set said it.
	ContentType string
}

func toEntry(sent *pb.Entry) Entry {
	return Entry{
		Key:            sent.GetKey(),
		Value:          sent.GetValue(),
		Revision:       sent.GetRevision(),
		CreateRevision: sent.GetCreateRevision(),
		Version:        sent.GetVersion(),
		ExpireTime:     toTime(sent.GetExpireTime()),
		UpdateTime:     toTime(sent.GetUpdateTime()),
		ContentType:    sent.GetContentType(),
	}
}

// toEntryPointer is for an entry that may not be there.
func toEntryPointer(sent *pb.Entry) *Entry {
	if sent == nil {
		return nil
	}
	entry := toEntry(sent)
	return &entry
}

// toTime is the zero time where there is none.
func toTime(sent *timestamppb.Timestamp) time.Time {
	if sent == nil {
		return time.Time{}
	}
	return sent.AsTime()
}
