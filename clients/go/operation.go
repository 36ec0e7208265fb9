package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// Operation is one step of a transaction: [OpSet], [OpGet], [OpDelete], [OpTouch] or [OpIncrement]. It takes no
// precondition and no request id of its own: the transaction has conditions, and one id for all of it.
type Operation struct {
	sent *pb.Operation
}

// OpSet sets a key.
func OpSet(key string, value []byte, options ...SetOption) Operation {
	request, _ := setRequest(key, value, options)
	return Operation{&pb.Operation{Operation: &pb.Operation_Set{Set: request}}}
}

// OpGet reads a key, as the operations before it have left it.
func OpGet(key string) Operation {
	return Operation{&pb.Operation{Operation: &pb.Operation_Get{Get: &pb.GetRequest{Key: key}}}}
}

// OpDelete deletes a key.
func OpDelete(key string, options ...DeleteOption) Operation {
	request, _ := deleteRequest(key, options)
	return Operation{&pb.Operation{Operation: &pb.Operation_Delete{Delete: request}}}
}

// OpTouch changes when a key expires.
func OpTouch(key string, expiration Expiration, options ...TouchOption) Operation {
	request, _ := touchRequest(key, expiration, options)
	return Operation{&pb.Operation{Operation: &pb.Operation_Touch{Touch: request}}}
}

// OpIncrement adds to the number that a key holds.
func OpIncrement(key string, delta int64, options ...IncrementOption) Operation {
	request, _ := incrementRequest(key, delta, options)
	return Operation{&pb.Operation{Operation: &pb.Operation_Increment{Increment: request}}}
}

// OperationResult is what one operation answers: that of its own kind is set, the others are nil.
type OperationResult struct {
	Set       *SetResult
	Get       *GetResult
	Delete    *DeleteResult
	Touch     *TouchResult
	Increment *IncrementResult
}

func toOperationResult(sent *pb.OperationResult) OperationResult {
	switch result := sent.GetResult().(type) {
	case *pb.OperationResult_Set:
		return OperationResult{Set: pointer(toSetResult(result.Set))}
	case *pb.OperationResult_Get:
		return OperationResult{Get: pointer(toGetResult(result.Get))}
	case *pb.OperationResult_Delete:
		return OperationResult{Delete: pointer(toDeleteResult(result.Delete))}
	case *pb.OperationResult_Touch:
		return OperationResult{Touch: pointer(toTouchResult(result.Touch))}
	case *pb.OperationResult_Increment:
		return OperationResult{Increment: pointer(toIncrementResult(result.Increment))}
	default:
		return OperationResult{}
	}
}

func pointer[T any](value T) *T {
	return &value
}
