package main

import (
	"iter"
	"strconv"
	"sync"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

func (w write) setOptions() []keyvaluedb.SetOption {
	options := []keyvaluedb.SetOption{w.expiration()}
	if w.Precondition != nil {
		options = append(options, w.Precondition.precondition())
	}
	if w.ReturnPrevious {
		options = append(options, keyvaluedb.WithPrevious())
	}
	if w.ContentType != nil {
		options = append(options, keyvaluedb.WithContentType(*w.ContentType))
	}
	if w.RequestID != nil {
		options = append(options, keyvaluedb.WithRequestID(*w.RequestID))
	}
	return options
}

func (w write) deleteOptions() []keyvaluedb.DeleteOption {
	var options []keyvaluedb.DeleteOption
	if w.Precondition != nil {
		options = append(options, w.Precondition.precondition())
	}
	if w.ReturnPrevious {
		options = append(options, keyvaluedb.WithPrevious())
	}
	if w.RequestID != nil {
		options = append(options, keyvaluedb.WithRequestID(*w.RequestID))
	}
	return options
}

func (w write) touchOptions() []keyvaluedb.TouchOption {
	var options []keyvaluedb.TouchOption
	if w.Precondition != nil {
		options = append(options, w.Precondition.precondition())
	}
	if w.ReturnPrevious {
		options = append(options, keyvaluedb.WithPrevious())
	}
	if w.RequestID != nil {
		options = append(options, keyvaluedb.WithRequestID(*w.RequestID))
	}
	return options
}

func (w write) incrementOptions() []keyvaluedb.IncrementOption {
	options := []keyvaluedb.IncrementOption{w.expiration()}
	if w.RequestID != nil {
		options = append(options, keyvaluedb.WithRequestID(*w.RequestID))
	}
	return options
}

func (w write) delta() (int64, error) {
	if w.Delta == "" {
		return 0, nil
	}
	delta, err := strconv.ParseInt(w.Delta, 10, 64)
	if err != nil {
		return 0, faultf("delta: %v", err)
	}
	return delta, nil
}

// retrying adds what turns retries on or off, if the command says so.
func retrying[O any](call call, options []O) []O {
	if call.command.Retries == nil {
		return options
	}
	said := keyvaluedb.WithRetries()
	if !*call.command.Retries {
		said = keyvaluedb.WithoutRetries()
	}
	// It is an option of each of these calls.
	return append(options, any(said).(O))
}

func set(call call) (any, error) {
	value, err := call.command.value()
	if err != nil {
		return nil, err
	}
	result, err := call.client.Set(call.ctx, call.command.Key, value, retrying(call, call.command.setOptions())...)
	return toSetReply(result), err
}

func get(call call) (any, error) {
	var options []keyvaluedb.GetOption
	if call.command.Revision != 0 {
		options = append(options, keyvaluedb.AtRevision(call.command.Revision))
	}
	entry, found, err := call.client.Get(call.ctx, call.command.Key, retrying(call, options)...)
	if !found {
		return getReply{}, err
	}
	return getReply{toEntryReply(entry)}, err
}

func remove(call call) (any, error) {
	result, err := call.client.Delete(call.ctx, call.command.Key, retrying(call, call.command.deleteOptions())...)
	return toDeleteReply(result), err
}

func touch(call call) (any, error) {
	options := retrying(call, call.command.touchOptions())
	result, err := call.client.Touch(call.ctx, call.command.Key, call.command.expiration(), options...)
	return toTouchReply(result), err
}

func increment(call call) (any, error) {
	delta, err := call.command.delta()
	if err != nil {
		return nil, err
	}
	options := retrying(call, call.command.incrementOptions())
	result, err := call.client.Increment(call.ctx, call.command.Key, delta, options...)
	return toIncrementReply(result), err
}

func deleteRange(call call) (any, error) {
	options := []keyvaluedb.DeleteRangeOption{keyvaluedb.WithLimit(call.command.Limit)}
	if call.command.RequestID != nil {
		options = append(options, keyvaluedb.WithRequestID(*call.command.RequestID))
	}
	result, err := call.client.DeleteRange(call.ctx, call.command.Range.keys(), retrying(call, options)...)
	return writeReply{
		Revision:     result.Revision,
		DeletedCount: &result.DeletedCount,
		More:         &result.More,
		Replayed:     result.Replayed,
	}, err
}

func listKeys(call call) (any, error) {
	options := []keyvaluedb.ListKeysOption{keyvaluedb.WithPageSize(call.command.PageSize)}
	if call.command.Descending {
		options = append(options, keyvaluedb.Descending())
	}
	keys, err := taken(call, call.client.ListKeys(call.ctx, call.command.Range.keys(), retrying(call, options)...))
	return map[string]any{"keys": keys}, err
}

func countKeys(call call) (any, error) {
	var options []keyvaluedb.PlainOption
	count, err := call.client.CountKeys(call.ctx, call.command.Range.keys(), retrying(call, options)...)
	return map[string]any{"count": count}, err
}

func scan(call call) (any, error) {
	command := call.command
	options := []keyvaluedb.ScanOption{keyvaluedb.WithLimit(command.Limit), keyvaluedb.WithFilter(command.Filter)}
	if command.IncludeValues {
		options = append(options, keyvaluedb.WithValues())
	}
	if command.Descending {
		options = append(options, keyvaluedb.Descending())
	}
	return entries(call, call.client.Scan(call.ctx, command.Range.keys(), retrying(call, options)...))
}

func listVersions(call call) (any, error) {
	options := []keyvaluedb.ListVersionsOption{keyvaluedb.WithPageSize(call.command.PageSize)}
	return entries(call, call.client.ListVersions(call.ctx, call.command.Key, retrying(call, options)...))
}

func entries(call call, all iter.Seq2[keyvaluedb.Entry, error]) (any, error) {
	some, err := taken(call, all)
	answers := make([]*entryReply, len(some))
	for at, entry := range some {
		answers[at] = toEntryReply(entry)
	}
	return entriesReply{answers}, err
}

// taken is all that there is, or as many as the command takes.
func taken[T any](call call, all iter.Seq2[T, error]) ([]T, error) {
	some := []T{}
	if call.command.Take != nil && *call.command.Take <= 0 {
		return some, nil
	}
	for one, err := range all {
		if err != nil {
			return nil, err
		}
		some = append(some, one)
		if call.command.Take != nil && len(some) >= *call.command.Take {
			break
		}
	}
	return some, nil
}

// many makes the same call for many keys at once.
func many(call call) (any, error) {
	command := call.command
	sums := make([]int64, command.Count)
	failures := make([]error, command.Count)
	var underWay sync.WaitGroup
	for at := range command.Count {
		underWay.Go(func() { sums[at], failures[at] = oneOfMany(call, at) })
	}
	underWay.Wait()
	var sum int64
	for at := range command.Count {
		if failures[at] != nil {
			return nil, failures[at]
		}
		sum += sums[at]
	}
	return map[string]any{"count": command.Count, "sum": sum}, nil
}

func oneOfMany(call call, at int) (int64, error) {
	number := strconv.Itoa(at)
	key := call.command.Prefix + number
	switch call.command.Call {
	case "set":
		_, err := call.client.Set(call.ctx, key, []byte(number), retrying(call, []keyvaluedb.SetOption{})...)
		return 0, err
	case "get":
		_, _, err := call.client.Get(call.ctx, key, retrying(call, []keyvaluedb.GetOption{})...)
		return 0, err
	case "increment":
		result, err := call.client.Increment(call.ctx, key, 1, retrying(call, []keyvaluedb.IncrementOption{})...)
		return result.Value, err
	default:
		return 0, faultf("there are not many of %q", call.command.Call)
	}
}
