package keyvaluedb

import (
	"context"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Proposal is what [Client.Transact] asks, and does by the answer.
type Proposal struct {
	// If is asked first. None: Then is done.
	If []Condition
	// Then is done, in order, if all conditions hold.
	Then []Operation
	// Else is done, in order, if one does not.
	Else []Operation
}

// TransactResult is what a Transact answers.
type TransactResult struct {
	// Revision is that of the changes, or the current one where nothing was changed.
	Revision int64
	// Succeeded: all conditions held, and Then was done.
	Succeeded bool
	// Results has one for each operation that was done, in order.
	Results []OperationResult
	// Replayed: the call was made before with the same request id, and did nothing now. Results have no entries then.
	Replayed bool
}

// Transact asks for the state of keys and, by the answer, does one of two lists of operations: at one revision, seen by
// others all at once, all of it or nothing. If one operation cannot be done, nothing is, and the error's `field` says
// which, as in `then[2].increment.delta`. To read first and then decide, use [Client.Transaction].
func (c *Client) Transact(ctx context.Context, proposal Proposal, options ...TransactOption) (TransactResult, error) {
	request, chosen := &pb.TransactRequest{
		Then:      sentOperations(proposal.Then),
		Otherwise: sentOperations(proposal.Else),
	}, settings{}
	for _, condition := range proposal.If {
		request.Conditions = append(request.Conditions, condition.sent())
	}
	for _, option := range options {
		option.applyTransact(request, &chosen)
	}
	return c.transact(ctx, request, chosen)
}

func (c *Client) transact(ctx context.Context, request *pb.TransactRequest, chosen settings) (TransactResult, error) {
	request.RequestId = c.requestID(request.GetRequestId(), chosen)
	answer, err := invoke(ctx, c, c.store.Transact, request, chosen)
	if err != nil {
		return TransactResult{}, err
	}
	results := make([]OperationResult, len(answer.GetResults()))
	for at, result := range answer.GetResults() {
		results[at] = toOperationResult(result)
	}
	return TransactResult{
		Revision:  answer.GetRevision(),
		Succeeded: answer.GetSucceeded(),
		Results:   results,
		Replayed:  answer.GetReplayed(),
	}, nil
}

func sentOperations(operations []Operation) []*pb.Operation {
	sent := make([]*pb.Operation, len(operations))
	for at, operation := range operations {
		// An Operation that no function made is refused by the server, which says where it is.
		sent[at] = operation.sent
		if sent[at] == nil {
			sent[at] = &pb.Operation{}
		}
	}
	return sent
}
