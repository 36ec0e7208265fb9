package keyvaluedb

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Version is that of this package.
const Version = "0.1.0"

// DefaultAddress is where a server listens unless it is told otherwise.
const DefaultAddress = "127.0.0.1:50051"

// Client speaks with one server. It is safe for concurrent use, and meant to be shared: all calls of it go over one
// connection, which is made when it is first needed and again when it breaks.
type Client struct {
	conn    *grpc.ClientConn
	store   pb.KeyValueServiceClient
	admin   pb.AdminServiceClient
	retry   retryPolicy
	timeout time.Duration
	retries retries
	closed  atomic.Bool
	// done is closed with the client.
	done chan struct{}
}

// Open makes a client for the server at an address, `host:port` or what else gRPC takes, such as `unix:///path`; empty means
// [DefaultAddress]. It does not wait for the server, and does not fail because there is none. It fails for options that cannot be had, such as a file of
// certificates that cannot be read.
func Open(address string, options ...Option) (*Client, error) {
	if address == "" {
		address = DefaultAddress
	}
	if !isAddress(address) {
		return nil, invalidField("address", "must be host:port, not "+strconv.Quote(address))
	}
	chosen := defaultOptions()
	for _, option := range options {
		option.applyClient(&chosen)
	}
	dialOptions, err := chosen.dial()
	if err != nil {
		return nil, err
	}
	conn, err := grpc.NewClient(address, dialOptions...)
	if err != nil {
		failed := invalidField("address", err.Error())
		failed.cause = err
		return nil, failed
	}
	return &Client{
		conn:    conn,
		store:   pb.NewKeyValueServiceClient(conn),
		admin:   pb.NewAdminServiceClient(conn),
		retry:   defaultRetryPolicy(),
		timeout: chosen.timeout,
		retries: chosen.retries,
		done:    make(chan struct{}),
	}, nil
}

// isAddress is stricter than gRPC, which takes port 443 where there is none.
func isAddress(address string) bool {
	if strings.Contains(address, ":///") {
		return true
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}

// Close ends the connection and everything that is under way, with [ErrClosed]. Later calls fail with it, too. Closing
// what is closed does nothing.
func (c *Client) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	close(c.done)
	return c.conn.Close()
}

// Conn is the connection, for what this client does not offer: the stubs of package keyvaluedbv1, health, or
// reflection. What is called on it directly has none of the client's deadlines and retries. It is closed with the client.
func (c *Client) Conn() grpc.ClientConnInterface {
	return c.conn
}

// within gives the context the client's timeout, unless it has a deadline of its own.
func (c *Client) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has || c.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, c.timeout)
}

// failure is what a failed call of this client is told as.
func (c *Client) failure(ctx context.Context, err error) *Error {
	if c.closed.Load() {
		return closedError(err)
	}
	failed := toError(err)
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, ctx.Err()) {
		failed.cause = errors.Join(err, cause)
	}
	return failed
}
