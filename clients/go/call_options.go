package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// Options of calls. Each call takes those that mean something to it; the compiler refuses the others.
type (
	// GetOption is an option of [Client.Get].
	GetOption interface {
		applyGet(*pb.GetRequest, *settings)
	}
	// SetOption is an option of [Client.Set]: an [Expiration], a [Precondition], [WithPrevious], [WithContentType],
	// [WithRequestID] or [WithoutRetries].
	SetOption interface {
		applySet(*pb.SetRequest, *settings)
	}
	// DeleteOption is an option of [Client.Delete]: a [Precondition], [WithPrevious], [WithRequestID] or
	// [WithoutRetries].
	DeleteOption interface {
		applyDelete(*pb.DeleteRequest, *settings)
	}
	// TouchOption is an option of [Client.Touch]: a [Precondition], [WithPrevious], [WithRequestID] or [WithoutRetries].
	TouchOption interface {
		applyTouch(*pb.TouchRequest, *settings)
	}
	// IncrementOption is an option of [Client.Increment]: an [Expiration] for a key that it makes, [WithRequestID] or
	// [WithoutRetries].
	IncrementOption interface {
		applyIncrement(*pb.IncrementRequest, *settings)
	}
	// DeleteRangeOption is an option of [Client.DeleteRange]: [WithLimit], [WithRequestID] or [WithoutRetries].
	DeleteRangeOption interface {
		applyDeleteRange(*pb.DeleteRangeRequest, *settings)
	}
	// TransactOption is an option of [Client.Transact]: [WithRequestID] or [WithoutRetries].
	TransactOption interface {
		applyTransact(*pb.TransactRequest, *settings)
	}
	// ListKeysOption is an option of [Client.ListKeys]: [WithPageSize], [Descending] or [WithoutRetries].
	ListKeysOption interface {
		applyListKeys(*pb.ListKeysRequest, *settings)
	}
	// ListVersionsOption is an option of [Client.ListVersions]: [WithPageSize] or [WithoutRetries].
	ListVersionsOption interface {
		applyListVersions(*pb.ListVersionsRequest, *settings)
	}
	// ScanOption is an option of [Client.Scan]: [WithValues], [WithFilter], [WithLimit], [Descending] or
	// [WithoutRetries].
	ScanOption interface {
		applyScan(*pb.ScanRequest, *settings)
	}
	// PlainOption is an option of calls that take nothing else: [WithoutRetries].
	PlainOption interface {
		applyPlain(*settings)
	}
)

// AtRevision reads a key as it was at a revision, if the server keeps it.
func AtRevision(revision int64) GetOption {
	return atRevision(revision)
}

type atRevision int64

func (r atRevision) applyGet(request *pb.GetRequest, _ *settings) { request.Revision = int64(r) }

// WithContentType says what a value is, such as `application/json`. The store keeps it with the value.
func WithContentType(contentType string) SetOption {
	return withContentType(contentType)
}

type withContentType string

func (t withContentType) applySet(request *pb.SetRequest, _ *settings) {
	request.ContentType = string(t)
}

// PreviousOption is what [WithPrevious] is.
type PreviousOption interface {
	SetOption
	DeleteOption
	TouchOption
}

// WithPrevious answers with the entry as it was before.
func WithPrevious() PreviousOption {
	return withPrevious{}
}

type withPrevious struct{}

func (withPrevious) applySet(request *pb.SetRequest, _ *settings) { request.ReturnPrevious = true }
func (withPrevious) applyDelete(request *pb.DeleteRequest, _ *settings) {
	request.ReturnPrevious = true
}
func (withPrevious) applyTouch(request *pb.TouchRequest, _ *settings) { request.ReturnPrevious = true }

// WriteOption is what [WithRequestID] is: an option of everything that writes.
type WriteOption interface {
	SetOption
	DeleteOption
	TouchOption
	IncrementOption
	DeleteRangeOption
	TransactOption
}

// WithRequestID names a write, at most 128 bytes, so that it can be made again after the program itself was
// restarted: the same id with the same content is done once. By default each call has a random one.
func WithRequestID(id string) WriteOption {
	return withRequestID(id)
}

type withRequestID string

func (id withRequestID) applySet(request *pb.SetRequest, _ *settings) { request.RequestId = string(id) }
func (id withRequestID) applyDelete(request *pb.DeleteRequest, _ *settings) {
	request.RequestId = string(id)
}
func (id withRequestID) applyTouch(request *pb.TouchRequest, _ *settings) {
	request.RequestId = string(id)
}
func (id withRequestID) applyIncrement(request *pb.IncrementRequest, _ *settings) {
	request.RequestId = string(id)
}
func (id withRequestID) applyDeleteRange(request *pb.DeleteRangeRequest, _ *settings) {
	request.RequestId = string(id)
}
func (id withRequestID) applyTransact(request *pb.TransactRequest, _ *settings) {
	request.RequestId = string(id)
}

// LimitOption is what [WithLimit] is.
type LimitOption interface {
	ScanOption
	DeleteRangeOption
}

// WithLimit ends after so many entries, or deletes so many keys. 0 is no limit of one's own.
func WithLimit(limit int) LimitOption {
	return withLimit(limit)
}

type withLimit int

func (l withLimit) applyScan(request *pb.ScanRequest, _ *settings) { request.Limit = int64(l) }
func (l withLimit) applyDeleteRange(request *pb.DeleteRangeRequest, _ *settings) {
	request.Limit = toInt32(int(l))
}

// PageSizeOption is what [WithPageSize] is.
type PageSizeOption interface {
	ListKeysOption
	ListVersionsOption
}

// WithPageSize says how many are fetched with each call. By default the server says.
func WithPageSize(size int) PageSizeOption {
	return withPageSize(size)
}

type withPageSize int

func (s withPageSize) applyListKeys(request *pb.ListKeysRequest, _ *settings) {
	request.PageSize = toInt32(int(s))
}
func (s withPageSize) applyListVersions(request *pb.ListVersionsRequest, _ *settings) {
	request.PageSize = toInt32(int(s))
}

// DirectionOption is what [Descending] is.
type DirectionOption interface {
	ListKeysOption
	ScanOption
}

// Descending goes from the last key to the first.
func Descending() DirectionOption {
	return descending{}
}

type descending struct{}

func (descending) applyListKeys(request *pb.ListKeysRequest, _ *settings) { request.Descending = true }
func (descending) applyScan(request *pb.ScanRequest, _ *settings)         { request.Descending = true }

// WithValues has a scan send values, update times and content types, too.
func WithValues() ScanOption {
	return scanOption(func(request *pb.ScanRequest) { request.IncludeValues = true })
}

// WithFilter has a scan send only the entries that match an expression in CEL (https://cel.dev), such as
// `json.size > 100 && key.startsWith("deb/")`.
func WithFilter(expression string) ScanOption {
	return scanOption(func(request *pb.ScanRequest) { request.Filter = expression })
}

type scanOption func(*pb.ScanRequest)

func (o scanOption) applyScan(request *pb.ScanRequest, _ *settings) { o(request) }
