package keyvaluedb

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// fake is a server whose answers a test writes. A call that it wrote none for fails with UNIMPLEMENTED.
type fake struct {
	pb.UnimplementedKeyValueServiceServer
	pb.UnimplementedAdminServiceServer
	set          func(*pb.SetRequest) (*pb.SetResponse, error)
	get          func(*pb.GetRequest) (*pb.GetResponse, error)
	transact     func(*pb.TransactRequest) (*pb.TransactResponse, error)
	listKeys     func(*pb.ListKeysRequest) (*pb.ListKeysResponse, error)
	scan         func(*pb.ScanRequest, grpc.ServerStreamingServer[pb.ScanResponse]) error
	watch        func(*pb.WatchRequest, grpc.ServerStreamingServer[pb.WatchResponse]) error
	watchExpired func(*pb.WatchExpirationsRequest, grpc.ServerStreamingServer[pb.WatchExpirationsResponse]) error
	getStatus    func(context.Context) (*pb.GetStatusResponse, error)
}

var errNotWritten = status.Error(codes.Unimplemented, "this test wrote no answer")

func (f *fake) Set(_ context.Context, request *pb.SetRequest) (*pb.SetResponse, error) {
	return answered(f.set, request)
}

func (f *fake) Get(_ context.Context, request *pb.GetRequest) (*pb.GetResponse, error) {
	return answered(f.get, request)
}

func (f *fake) Transact(_ context.Context, request *pb.TransactRequest) (*pb.TransactResponse, error) {
	return answered(f.transact, request)
}

func (f *fake) ListKeys(_ context.Context, request *pb.ListKeysRequest) (*pb.ListKeysResponse, error) {
	return answered(f.listKeys, request)
}

func (f *fake) GetStatus(ctx context.Context, _ *pb.GetStatusRequest) (*pb.GetStatusResponse, error) {
	if f.getStatus == nil {
		return nil, errNotWritten
	}
	return f.getStatus(ctx)
}

func (f *fake) Scan(request *pb.ScanRequest, stream grpc.ServerStreamingServer[pb.ScanResponse]) error {
	return streamed(f.scan, request, stream)
}

func (f *fake) Watch(request *pb.WatchRequest, stream grpc.ServerStreamingServer[pb.WatchResponse]) error {
	return streamed(f.watch, request, stream)
}

func (f *fake) WatchExpirations(request *pb.WatchExpirationsRequest, stream grpc.ServerStreamingServer[pb.WatchExpirationsResponse]) error {
	return streamed(f.watchExpired, request, stream)
}

func answered[Q, A any](answer func(*Q) (*A, error), request *Q) (*A, error) {
	if answer == nil {
		return nil, errNotWritten
	}
	return answer(request)
}

func streamed[Q, S any](answer func(*Q, S) error, request *Q, stream S) error {
	if answer == nil {
		return errNotWritten
	}
	return answer(request, stream)
}

// open serves the fake within the process, and makes a client of it that waits a thousandth as long as others.
func (f *fake) open(t *testing.T, options ...Option) *Client {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer()
	pb.RegisterKeyValueServiceServer(server, f)
	pb.RegisterAdminServiceServer(server, f)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	dial := func(context.Context, string) (net.Conn, error) { return listener.Dial() }
	options = append([]Option{WithDialOptions(grpc.WithContextDialer(dial))}, options...)
	client, err := Open("passthrough:///fake", options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	client.retry.first = 50 * time.Microsecond
	client.retry.most = 2 * time.Millisecond
	return client
}

// refusal is an error with the details that the server sends.
func refusal(t *testing.T, code codes.Code, info *errdetails.ErrorInfo) error {
	t.Helper()
	info.Domain = errorDomain
	sent, err := status.New(code, "refused").WithDetails(info)
	if err != nil {
		t.Fatal(err)
	}
	return sent.Err()
}

// comeBack is the refusal of a server that says after how long to try again.
func comeBack(t *testing.T, after time.Duration) error {
	t.Helper()
	info := &errdetails.ErrorInfo{Domain: errorDomain, Reason: string(ErrOverloaded)}
	sent, err := status.New(codes.ResourceExhausted, "too much").WithDetails(info, &errdetails.RetryInfo{RetryDelay: durationpb.New(after)})
	if err != nil {
		t.Fatal(err)
	}
	return sent.Err()
}

var errAway = status.Error(codes.Unavailable, "away")
