package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// RetryOption is what [WithRetries] and [WithoutRetries] are: an option of a client, and of every call of one request. That
// of a call comes over that of its client.
type RetryOption interface {
	Option
	WriteOption
	GetOption
	ListKeysOption
	ListVersionsOption
	ScanOption
	PlainOption
	TransactionOption
}

// WithRetries makes a call again until it is answered, refused or late, which is the default.
func WithRetries() RetryOption {
	return retriesOn
}

// WithoutRetries makes one try, and no request id. The caller is told of every connection that breaks, and does not
// know then whether a write was done.
func WithoutRetries() RetryOption {
	return retriesOff
}

// retries is whether a call is made again.
type retries int

const (
	retriesUnsaid retries = iota
	retriesOn
	retriesOff
)

// makesOneTry reports whether the call, or else its client, was told to make one try only.
func (c *Client) makesOneTry(chosen settings) bool {
	if chosen.retries == retriesUnsaid {
		return c.retries == retriesOff
	}
	return chosen.retries == retriesOff
}

func (r retries) applyClient(o *clientOptions)                                  { o.retries = r }
func (r retries) applyGet(_ *pb.GetRequest, chosen *settings)                   { chosen.retries = r }
func (r retries) applySet(_ *pb.SetRequest, chosen *settings)                   { chosen.retries = r }
func (r retries) applyDelete(_ *pb.DeleteRequest, chosen *settings)             { chosen.retries = r }
func (r retries) applyTouch(_ *pb.TouchRequest, chosen *settings)               { chosen.retries = r }
func (r retries) applyIncrement(_ *pb.IncrementRequest, chosen *settings)       { chosen.retries = r }
func (r retries) applyDeleteRange(_ *pb.DeleteRangeRequest, chosen *settings)   { chosen.retries = r }
func (r retries) applyTransact(_ *pb.TransactRequest, chosen *settings)         { chosen.retries = r }
func (r retries) applyListKeys(_ *pb.ListKeysRequest, chosen *settings)         { chosen.retries = r }
func (r retries) applyListVersions(_ *pb.ListVersionsRequest, chosen *settings) { chosen.retries = r }
func (r retries) applyScan(_ *pb.ScanRequest, chosen *settings)                 { chosen.retries = r }
func (r retries) applyPlain(chosen *settings)                                   { chosen.retries = r }
func (r retries) applyTransaction(chosen *transactionSettings)                  { chosen.retries = r }
