package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// RetryOption is what [WithoutRetries] is: an option of a client, and of every call of one request.
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

// WithoutRetries makes one try, and no request id. The caller is told of every connection that breaks, and does not
// know then whether a write was done.
func WithoutRetries() RetryOption {
	return withoutRetries{}
}

type withoutRetries struct{}

func (withoutRetries) applyClient(o *clientOptions)                            { o.oneTry = true }
func (withoutRetries) applyGet(_ *pb.GetRequest, chosen *settings)             { chosen.oneTry = true }
func (withoutRetries) applySet(_ *pb.SetRequest, chosen *settings)             { chosen.oneTry = true }
func (withoutRetries) applyDelete(_ *pb.DeleteRequest, chosen *settings)       { chosen.oneTry = true }
func (withoutRetries) applyTouch(_ *pb.TouchRequest, chosen *settings)         { chosen.oneTry = true }
func (withoutRetries) applyIncrement(_ *pb.IncrementRequest, chosen *settings) { chosen.oneTry = true }
func (withoutRetries) applyDeleteRange(_ *pb.DeleteRangeRequest, chosen *settings) {
	chosen.oneTry = true
}
func (withoutRetries) applyTransact(_ *pb.TransactRequest, chosen *settings) { chosen.oneTry = true }
func (withoutRetries) applyListKeys(_ *pb.ListKeysRequest, chosen *settings) { chosen.oneTry = true }
func (withoutRetries) applyListVersions(_ *pb.ListVersionsRequest, chosen *settings) {
	chosen.oneTry = true
}
func (withoutRetries) applyScan(_ *pb.ScanRequest, chosen *settings) { chosen.oneTry = true }
func (withoutRetries) applyPlain(chosen *settings)                   { chosen.oneTry = true }
func (withoutRetries) applyTransaction(chosen *transactionSettings)  { chosen.oneTry = true }
