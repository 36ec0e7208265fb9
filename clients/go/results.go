package keyvaluedb

import (
	"time"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// SetResult is what a Set answers.
type SetResult struct {
	// Revision is that of this change.
	Revision int64
	// ExpireTime is when the key expires. The zero time: never.
	ExpireTime time.Time
	// Previous is the entry that was replaced. nil: it was not asked for, or there was none.
	Previous *Entry
	// Replayed: the call was made before with the same request id, and did nothing now.
	Replayed bool
}

// GetResult is what a Get in a transaction answers.
type GetResult struct {
	// Entry is nil where there is no such key.
	Entry *Entry
	// Revision is the newest that the answer stands for.
	Revision int64
}

// DeleteResult is what a Delete answers.
type DeleteResult struct {
	// Revision is that of this change, or the current one where nothing was deleted.
	Revision int64
	// Deleted: there was such a key.
	Deleted bool
	// Previous is the entry that was deleted. nil: it was not asked for, or there was none.
	Previous *Entry
	// Replayed: the call was made before with the same request id, and did nothing now.
	Replayed bool
}

// TouchResult is what a Touch answers.
type TouchResult struct {
	// Revision is that of this change, or the current one where nothing was touched.
	Revision int64
	// Touched: there was such a key.
	Touched bool
	// ExpireTime is when the key expires. The zero time: never, or there is no such key.
	ExpireTime time.Time
	// Previous is the entry as it was before. nil: it was not asked for, or there was none.
	Previous *Entry
	// Replayed: the call was made before with the same request id, and did nothing now.
	Replayed bool
}

// IncrementResult is what an Increment answers.
type IncrementResult struct {
	// Revision is that of this change.
	Revision int64
	// Value is the number that the key holds now.
	Value int64
	// ExpireTime is when the key expires. The zero time: never.
	ExpireTime time.Time
	// Replayed: the call was made before with the same request id, and did nothing now.
	Replayed bool
}

// DeleteRangeResult is what a DeleteRange answers.
type DeleteRangeResult struct {
	// Revision is that of this change, or the current one where nothing was deleted.
	Revision int64
	// DeletedCount is how many keys were deleted.
	DeletedCount int64
	// More: the range still had keys at that revision.
	More bool
	// Replayed: the call was made before with the same request id, and did nothing now.
	Replayed bool
}

func toSetResult(sent *pb.SetResponse) SetResult {
	return SetResult{
		Revision:   sent.GetRevision(),
		ExpireTime: toTime(sent.GetExpireTime()),
		Previous:   toEntryPointer(sent.GetPrevious()),
		Replayed:   sent.GetReplayed(),
	}
}

func toGetResult(sent *pb.GetResponse) GetResult {
	return GetResult{Entry: toEntryPointer(sent.GetEntry()), Revision: sent.GetRevision()}
}

func toDeleteResult(sent *pb.DeleteResponse) DeleteResult {
	return DeleteResult{
		Revision: sent.GetRevision(),
		Deleted:  sent.GetDeleted(),
		Previous: toEntryPointer(sent.GetPrevious()),
		Replayed: sent.GetReplayed(),
	}
}

func toTouchResult(sent *pb.TouchResponse) TouchResult {
	return TouchResult{
		Revision:   sent.GetRevision(),
		Touched:    sent.GetTouched(),
		ExpireTime: toTime(sent.GetExpireTime()),
		Previous:   toEntryPointer(sent.GetPrevious()),
		Replayed:   sent.GetReplayed(),
	}
}

func toIncrementResult(sent *pb.IncrementResponse) IncrementResult {
	return IncrementResult{
		Revision:   sent.GetRevision(),
		Value:      sent.GetValue(),
		ExpireTime: toTime(sent.GetExpireTime()),
		Replayed:   sent.GetReplayed(),
	}
}
