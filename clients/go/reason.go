package keyvaluedb

import "google.golang.org/grpc/codes"

// Reason says why a call failed. The set is open: a later server may have others, which are kept as they are. It is an
// error itself, so that it can be the target of [errors.Is].
type Reason string

// Reasons that the server gives.
const (
	// ErrInvalidField: an argument is not acceptable; `field` in [Error.Metadata] names it.
	ErrInvalidField Reason = "INVALID_FIELD"
	// ErrPreconditionFailed: the key has another revision or value; `revision` is what it has, 0 where it is absent. Also
	// a transaction that lost against others too often.
	ErrPreconditionFailed Reason = "PRECONDITION_FAILED"
	// ErrKeyExists: it must not, for [IfAbsent].
	ErrKeyExists Reason = "KEY_EXISTS"
	// ErrKeyAbsent: it must exist, for [IfExists].
	ErrKeyAbsent Reason = "KEY_ABSENT"
	// ErrOverflow: a sum does not fit into 64 bits.
	ErrOverflow Reason = "OVERFLOW"
	// ErrRevisionCompacted: the past that was asked for is not kept any more; `oldest_revision` is.
	ErrRevisionCompacted Reason = "REVISION_COMPACTED"
	// ErrHistoryChanged: a token is of another history of the store, as after a restore.
	ErrHistoryChanged Reason = "HISTORY_CHANGED"
	// ErrRequestIDReused: the same request id came with other content.
	ErrRequestIDReused Reason = "REQUEST_ID_REUSED"
	// ErrNoSpace: the server's disk is full. Reads and deletes go on.
	ErrNoSpace Reason = "NO_SPACE"
	// ErrQuota: the server's memory for keys is used up.
	ErrQuota Reason = "QUOTA"
	// ErrOverloaded: the server has too much to do.
	ErrOverloaded Reason = "OVERLOADED"
	// ErrSlowFollower: a stream was not read fast enough. A watch goes on by itself, a scan does not.
	ErrSlowFollower Reason = "SLOW_FOLLOWER"
	// ErrCorrupt: a record is damaged on the server's disk.
	ErrCorrupt Reason = "CORRUPT"
	// ErrStarting: the server has not recovered its store yet.
	ErrStarting Reason = "STARTING"
	// ErrDraining: the server is about to stop.
	ErrDraining Reason = "DRAINING"
	// ErrStorageFailed: the server's disk failed. A write may have been applied.
	ErrStorageFailed Reason = "STORAGE_FAILED"
)

// Reasons that this client gives.
const (
	// ErrUnreachable: no server answered. A write that was sent may have been applied.
	ErrUnreachable Reason = "UNREACHABLE"
	// ErrDeadlineExceeded: the call took too long. A write may have been applied. [context.DeadlineExceeded] matches, too.
	ErrDeadlineExceeded Reason = "DEADLINE_EXCEEDED"
	// ErrCancelled: the context was cancelled. A write may have been applied. [context.Canceled] matches, too.
	ErrCancelled Reason = "CANCELLED"
	// ErrClosed: the client was closed.
	ErrClosed Reason = "CLOSED"
	// ErrEncodeFailed: a codec cannot encode the value. Nothing was sent.
	ErrEncodeFailed Reason = "ENCODE_FAILED"
	// ErrDecodeFailed: a codec cannot read the value, or does not read its content type.
	ErrDecodeFailed Reason = "DECODE_FAILED"
	// ErrOther: a failure without details; [Error.Code] says more.
	ErrOther Reason = "OTHER"
)

// Error makes it an error: the reason itself.
func (r Reason) Error() string {
	return string(r)
}

// reasonOf is the reason of a status that says none.
func reasonOf(code codes.Code) Reason {
	switch code {
	case codes.DeadlineExceeded:
		return ErrDeadlineExceeded
	case codes.Canceled:
		return ErrCancelled
	case codes.Unavailable:
		return ErrUnreachable
	default:
		return ErrOther
	}
}
