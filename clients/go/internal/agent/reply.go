package main

import (
	"errors"
	"strconv"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

// reply is a line that is written.
type reply struct {
	ID      int64       `json:"id"`
	OK      any         `json:"ok,omitempty"`
	Error   *errorReply `json:"error,omitempty"`
	Fault   string      `json:"fault,omitempty"`
	Attempt int         `json:"attempt,omitempty"`
}

type errorReply struct {
	Reason       string            `json:"reason"`
	Code         string            `json:"code,omitempty"`
	Message      string            `json:"message,omitempty"`
	Metadata     map[string]string `json:"metadata,omitempty"`
	RetryAfterMs int64             `json:"retry_after_ms,omitempty"`
}

// toErrorReply reads an error as a user would.
func toErrorReply(err error) *errorReply {
	if errors.Is(err, errFunctionFailed) {
		return &errorReply{Reason: "FUNCTION_FAILED", Message: err.Error()}
	}
	var failed *keyvaluedb.Error
	if !errors.As(err, &failed) {
		return &errorReply{Reason: "UNKNOWN", Message: err.Error()}
	}
	return &errorReply{
		Reason:       string(failed.Reason),
		Code:         code.Code_name[int32(failed.Code)],
		Message:      failed.Message,
		Metadata:     failed.Metadata,
		RetryAfterMs: failed.RetryAfter.Milliseconds(),
	}
}

type entryReply struct {
	Key            string `json:"key"`
	Value          []byte `json:"value"`
	Revision       int64  `json:"revision"`
	CreateRevision int64  `json:"create_revision"`
	Version        int64  `json:"version"`
	ExpireTimeMs   *int64 `json:"expire_time_ms,omitempty"`
	UpdateTimeMs   *int64 `json:"update_time_ms,omitempty"`
	ContentType    string `json:"content_type"`
}

func toEntryReply(entry keyvaluedb.Entry) *entryReply {
	return &entryReply{
		Key:            entry.Key,
		Value:          notNil(entry.Value),
		Revision:       entry.Revision,
		CreateRevision: entry.CreateRevision,
		Version:        entry.Version,
		ExpireTimeMs:   toMs(entry.ExpireTime),
		UpdateTimeMs:   toMs(entry.UpdateTime),
		ContentType:    entry.ContentType,
	}
}

func toPreviousReply(entry *keyvaluedb.Entry) *entryReply {
	if entry == nil {
		return nil
	}
	return toEntryReply(*entry)
}

type writeReply struct {
	Revision     int64       `json:"revision"`
	ExpireTimeMs *int64      `json:"expire_time_ms,omitempty"`
	Previous     *entryReply `json:"previous,omitempty"`
	Replayed     bool        `json:"replayed"`
	Deleted      *bool       `json:"deleted,omitempty"`
	Touched      *bool       `json:"touched,omitempty"`
	Value        string      `json:"value,omitempty"`
	DeletedCount *int64      `json:"deleted_count,omitempty"`
	More         *bool       `json:"more,omitempty"`
}

func toSetReply(result keyvaluedb.SetResult) writeReply {
	return writeReply{
		Revision:     result.Revision,
		ExpireTimeMs: toMs(result.ExpireTime),
		Previous:     toPreviousReply(result.Previous),
		Replayed:     result.Replayed,
	}
}

func toDeleteReply(result keyvaluedb.DeleteResult) writeReply {
	return writeReply{
		Revision: result.Revision,
		Deleted:  &result.Deleted,
		Previous: toPreviousReply(result.Previous),
		Replayed: result.Replayed,
	}
}

func toTouchReply(result keyvaluedb.TouchResult) writeReply {
	return writeReply{
		Revision:     result.Revision,
		Touched:      &result.Touched,
		ExpireTimeMs: toMs(result.ExpireTime),
		Previous:     toPreviousReply(result.Previous),
		Replayed:     result.Replayed,
	}
}

func toIncrementReply(result keyvaluedb.IncrementResult) writeReply {
	return writeReply{
		Revision:     result.Revision,
		Value:        strconv.FormatInt(result.Value, 10),
		ExpireTimeMs: toMs(result.ExpireTime),
		Replayed:     result.Replayed,
	}
}

type entriesReply struct {
	Entries []*entryReply `json:"entries"`
}

type getReply struct {
	Entry *entryReply `json:"entry"`
}

type snapshotReply struct {
	SnapshotID string `json:"snapshot_id"`
	Revision   int64  `json:"revision"`
	KeyCount   int64  `json:"key_count"`
}

func toSnapshotReply(snapshot keyvaluedb.Snapshot) snapshotReply {
	return snapshotReply{SnapshotID: snapshot.ID, Revision: snapshot.Revision, KeyCount: snapshot.KeyCount}
}

// toMs is nil for the zero time, which is never.
func toMs(moment time.Time) *int64 {
	if moment.IsZero() {
		return nil
	}
	milliseconds := moment.UnixMilli()
	return &milliseconds
}

// notNil is for an empty value, which is a value.
func notNil(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}
