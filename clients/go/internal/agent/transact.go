package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

func transact(call call) (any, error) {
	then, err := toOperations(call.command.Then)
	if err != nil {
		return nil, err
	}
	otherwise, err := toOperations(call.command.Otherwise)
	if err != nil {
		return nil, err
	}
	proposal := keyvaluedb.Proposal{Then: then, Else: otherwise}
	for _, condition := range call.command.Conditions {
		proposal.If = append(proposal.If, condition.precondition().Of(condition.Key))
	}
	var options []keyvaluedb.TransactOption
	if call.command.RequestID != nil {
		options = append(options, keyvaluedb.WithRequestID(*call.command.RequestID))
	}
	result, err := call.client.Transact(call.ctx, proposal, retrying(call, options)...)
	if err != nil {
		return nil, err
	}
	results := make([]map[string]any, len(result.Results))
	for at, one := range result.Results {
		results[at] = toResultReply(one)
	}
	return map[string]any{
		"revision":  result.Revision,
		"succeeded": result.Succeeded,
		"results":   results,
		"replayed":  result.Replayed,
	}, nil
}

func toOperations(operations []operation) ([]keyvaluedb.Operation, error) {
	all := make([]keyvaluedb.Operation, len(operations))
	for at, one := range operations {
		made, err := toOperation(one)
		if err != nil {
			return nil, err
		}
		all[at] = made
	}
	return all, nil
}

func toOperation(one operation) (keyvaluedb.Operation, error) {
	switch {
	case one.Set != nil:
		value, err := one.Set.value()
		return keyvaluedb.OpSet(one.Set.Key, value, one.Set.setOptions()...), err
	case one.Get != nil:
		return keyvaluedb.OpGet(one.Get.Key), nil
	case one.Delete != nil:
		return keyvaluedb.OpDelete(one.Delete.Key, one.Delete.deleteOptions()...), nil
	case one.Touch != nil:
		return keyvaluedb.OpTouch(one.Touch.Key, one.Touch.expiration(), one.Touch.touchOptions()...), nil
	case one.Increment != nil:
		delta, err := one.Increment.delta()
		return keyvaluedb.OpIncrement(one.Increment.Key, delta, one.Increment.incrementOptions()...), err
	default:
		return keyvaluedb.Operation{}, nil
	}
}

func toResultReply(result keyvaluedb.OperationResult) map[string]any {
	switch {
	case result.Set != nil:
		return map[string]any{"set": toSetReply(*result.Set)}
	case result.Get != nil:
		return map[string]any{"get": getReply{toPreviousReply(result.Get.Entry)}}
	case result.Delete != nil:
		return map[string]any{"delete": toDeleteReply(*result.Delete)}
	case result.Touch != nil:
		return map[string]any{"touch": toTouchReply(*result.Touch)}
	case result.Increment != nil:
		return map[string]any{"increment": toIncrementReply(*result.Increment)}
	default:
		return map[string]any{}
	}
}

var errFunctionFailed = errors.New("the function failed, as it was told to")

// transaction adds to numbers and sets texts, and waits at the end of each attempt for leave to go on.
func transaction(call call) (any, error) {
	var attempts int
	var sums map[string]int64
	err := call.client.Transaction(call.ctx, func(tx *keyvaluedb.Tx) error {
		attempts++
		var err error
		if sums, err = addAll(call, tx); err != nil {
			return err
		}
		for _, one := range call.command.Write {
			tx.Set(one.name, []byte(one.value))
		}
		if err := call.agent.awaitLeave(call, attempts); err != nil {
			return err
		}
		if call.command.Fail {
			return fmt.Errorf("in attempt %d: %w", attempts, errFunctionFailed)
		}
		return nil
	}, transactionOptions(call)...)
	return map[string]any{"attempts": attempts, "values": sums}, err
}

func transactionOptions(call call) []keyvaluedb.TransactionOption {
	var options []keyvaluedb.TransactionOption
	if call.command.Attempts != nil {
		options = append(options, keyvaluedb.WithAttempts(*call.command.Attempts))
	}
	return retrying(call, options)
}

func addAll(call call, tx *keyvaluedb.Tx) (map[string]int64, error) {
	sums := map[string]int64{}
	for _, one := range call.command.Add {
		entry, found, err := tx.Get(call.ctx, one.name)
		if err != nil {
			return nil, err
		}
		sum := one.value
		if found {
			number, err := strconv.ParseInt(string(entry.Value), 10, 64)
			if err != nil {
				return nil, faultf("%s: %v", one.name, err)
			}
			sum += number
		}
		sums[one.name] = sum
		tx.Set(one.name, strconv.AppendInt(nil, sum, 10))
	}
	return sums, nil
}

// awaitLeave says which attempt it is, and waits for the command to go on.
func (a *agent) awaitLeave(call call, attempt int) error {
	leave := make(chan struct{}, 1)
	a.mutex.Lock()
	a.attempts[call.command.ID] = leave
	a.mutex.Unlock()
	a.say(reply{ID: call.command.ID, Attempt: attempt})
	select {
	case <-leave:
		return nil
	case <-call.ctx.Done():
		return nil
	}
}

func (a *agent) goOn(command command) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	leave := a.attempts[command.Of]
	if leave == nil {
		return faultf("no attempt of %d waits", command.Of)
	}
	delete(a.attempts, command.Of)
	leave <- struct{}{}
	return nil
}
