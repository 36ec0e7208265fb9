package keyvaluedb

import (
	"context"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Get reads a key. One that is not there is no error: found is false.
func (c *Client) Get(ctx context.Context, key string, options ...GetOption) (entry Entry, found bool, err error) {
	request, chosen := &pb.GetRequest{Key: key}, settings{}
	for _, option := range options {
		option.applyGet(request, &chosen)
	}
	answer, err := invoke(ctx, c, c.store.Get, request, chosen)
	if err != nil || answer.GetEntry() == nil {
		return Entry{}, false, err
	}
	return toEntry(answer.GetEntry()), true, nil
}

// Set sets a key to a value, whether or not the key exists. Without an [Expiration], one that the key had is cleared.
func (c *Client) Set(ctx context.Context, key string, value []byte, options ...SetOption) (SetResult, error) {
	request, chosen := setRequest(key, value, options)
	request.RequestId = c.requestID(request.GetRequestId(), chosen)
	answer, err := invoke(ctx, c, c.store.Set, request, chosen)
	return toSetResult(answer), err
}

// Delete deletes a key. One that is not there is no error: Deleted is false.
func (c *Client) Delete(ctx context.Context, key string, options ...DeleteOption) (DeleteResult, error) {
	request, chosen := deleteRequest(key, options)
	request.RequestId = c.requestID(request.GetRequestId(), chosen)
	answer, err := invoke(ctx, c, c.store.Delete, request, chosen)
	return toDeleteResult(answer), err
}

// Touch changes when a key expires ([TTL], [ExpireAt] or [Persist]), and leaves its value and version alone. A key that
// is not there is no error: Touched is false.
func (c *Client) Touch(ctx context.Context, key string, expiration Expiration, options ...TouchOption) (TouchResult, error) {
	request, chosen := touchRequest(key, expiration, options)
	request.RequestId = c.requestID(request.GetRequestId(), chosen)
	answer, err := invoke(ctx, c, c.store.Touch, request, chosen)
	return toTouchResult(answer), err
}

// Increment adds to a number that a key holds as decimal text, and makes the key where it is absent. An [Expiration] is
// for a key that it makes.
func (c *Client) Increment(ctx context.Context, key string, delta int64, options ...IncrementOption) (IncrementResult, error) {
	request, chosen := incrementRequest(key, delta, options)
	request.RequestId = c.requestID(request.GetRequestId(), chosen)
	answer, err := invoke(ctx, c, c.store.Increment, request, chosen)
	return toIncrementResult(answer), err
}

// DeleteRange deletes the keys of a range at one revision, or the first so many of them, 10,000 at the most unless the
// server is configured otherwise. Call it again while More is true.
func (c *Client) DeleteRange(ctx context.Context, keys Range, options ...DeleteRangeOption) (DeleteRangeResult, error) {
	request, chosen := &pb.DeleteRangeRequest{Range: keys.sent}, settings{}
	for _, option := range options {
		option.applyDeleteRange(request, &chosen)
	}
	request.RequestId = c.requestID(request.GetRequestId(), chosen)
	answer, err := invoke(ctx, c, c.store.DeleteRange, request, chosen)
	return DeleteRangeResult{
		Revision:     answer.GetRevision(),
		DeletedCount: answer.GetDeletedCount(),
		More:         answer.GetMore(),
		Replayed:     answer.GetReplayed(),
	}, err
}

// CountKeys counts the keys of a range.
func (c *Client) CountKeys(ctx context.Context, keys Range, options ...PlainOption) (int64, error) {
	request := &pb.ListKeysRequest{Range: keys.sent, CountOnly: true}
	answer, err := invoke(ctx, c, c.store.ListKeys, request, plain(options))
	return answer.GetTotalSize(), err
}

func plain(options []PlainOption) settings {
	var chosen settings
	for _, option := range options {
		option.applyPlain(&chosen)
	}
	return chosen
}
