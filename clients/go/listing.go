package keyvaluedb

import (
	"context"
	"iter"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// ListKeys goes over the keys of a range in the store's order, and fetches page after page as they are taken. They are of
// one revision as long as the server holds it, 5 minutes by default; later pages are of a newer one then, and always
// after a restart. [Client.Scan] is of one. An error is the last that it gives.
func (c *Client) ListKeys(ctx context.Context, keys Range, options ...ListKeysOption) iter.Seq2[string, error] {
	request, chosen := &pb.ListKeysRequest{Range: keys.sent}, settings{}
	for _, option := range options {
		option.applyListKeys(request, &chosen)
	}
	return pages(func(token string) ([]string, string, error) {
		request := &pb.ListKeysRequest{
			Range:      request.GetRange(),
			PageSize:   request.GetPageSize(),
			Descending: request.GetDescending(),
			PageToken:  token,
		}
		answer, err := invoke(ctx, c, c.store.ListKeys, request, chosen)
		return answer.GetKeys(), answer.GetNextPageToken(), err
	})
}

// ListVersions goes over the versions of a key that are kept, newest first, page after page. How many are kept is for the
// server to say; it is one by default. An error is the last that it gives.
func (c *Client) ListVersions(ctx context.Context, key string, options ...ListVersionsOption) iter.Seq2[Entry, error] {
	request, chosen := &pb.ListVersionsRequest{Key: key}, settings{}
	for _, option := range options {
		option.applyListVersions(request, &chosen)
	}
	return pages(func(token string) ([]Entry, string, error) {
		request := &pb.ListVersionsRequest{Key: key, PageSize: request.GetPageSize(), PageToken: token}
		answer, err := invoke(ctx, c, c.store.ListVersions, request, chosen)
		return toEntries(answer.GetEntries()), answer.GetNextPageToken(), err
	})
}

// pages goes over what is on one page after the other, and asks for a page when the one before is used up.
func pages[T any](fetch func(token string) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for token := ""; ; {
			items, next, err := fetch(token)
			if err != nil {
				var nothing T
				yield(nothing, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			token = next
		}
	}
}

func toEntries(sent []*pb.Entry) []Entry {
	entries := make([]Entry, len(sent))
	for at, entry := range sent {
		entries[at] = toEntry(entry)
	}
	return entries
}
