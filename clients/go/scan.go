package keyvaluedb

import (
	"context"
	"errors"
	"io"
	"iter"

	"google.golang.org/grpc"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Scan goes over every entry of a range as it was at one revision, in the store's order of keys. The server reads no
// further than the loop does. Without [WithValues] entries have no value, no update time and no content type. An error is
// the last that it gives.
//
// The client's timeout is for the beginning. A scan that is cut off after that is not made again, since it would be of
// another revision.
func (c *Client) Scan(ctx context.Context, keys Range, options ...ScanOption) iter.Seq2[Entry, error] {
	request, chosen := &pb.ScanRequest{Range: keys.sent}, settings{}
	for _, option := range options {
		option.applyScan(request, &chosen)
	}
	return func(yield func(Entry, error) bool) {
		scan, failed := c.beginScan(ctx, request, chosen)
		if failed != nil {
			yield(Entry{}, failed)
			return
		}
		defer scan.stop()
		for message, err := scan.first, error(nil); ; message, err = scan.stream.Recv() {
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Entry{}, c.failure(ctx, err))
				return
			}
			for _, entry := range message.GetEntries() {
				if !yield(toEntry(entry), nil) {
					return
				}
			}
		}
	}
}

// begunScan is a scan whose first message is there.
type begunScan struct {
	stream grpc.ServerStreamingClient[pb.ScanResponse]
	first  *pb.ScanResponse
	stop   context.CancelFunc
}

// beginScan makes tries as for a call of one request, until the first message is there.
func (c *Client) beginScan(ctx context.Context, request *pb.ScanRequest, chosen settings) (begunScan, *Error) {
	beginning, cancel := c.within(ctx)
	defer cancel()
	return again(beginning, c, chosen, func() (begunScan, *Error) {
		scanning, stop := context.WithCancel(ctx)
		goOn := context.AfterFunc(beginning, stop)
		stream, err := c.store.Scan(scanning, request)
		var first *pb.ScanResponse
		if err == nil {
			first, err = stream.Recv()
		}
		if !goOn() {
			stop()
			return begunScan{}, c.failure(beginning, beginning.Err())
		}
		if err != nil && !errors.Is(err, io.EOF) {
			stop()
			return begunScan{}, c.refused(ctx, request, err)
		}
		return begunScan{stream: stream, first: first, stop: stop}, nil
	})
}
