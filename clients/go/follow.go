package keyvaluedb

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// resumeTokenMeta is where an error says from where to go on.
const resumeTokenMeta = "resume_token"

// followed is a message of a stream that can be gone on with.
type followed interface {
	GetResumeToken() string
}

// follower goes on with a stream from where it was cut off, until it meets what cannot be mended.
type follower[M followed] struct {
	client *Client
	// open begins the stream at a position.
	open func(ctx context.Context, start *pb.StartPosition) (stream[M], error)
	// give hands a message to whoever wants them, and says whether they want more. A message that begins the current state
	// anew says so.
	give func(message M, begun beginning) bool

	position position
}

// beginning is how a message stands to what was told before.
type beginning int

const (
	goesOn beginning = iota
	beginsAnew
)

type stream[M any] interface {
	Recv() (M, error)
}

// errEnough is why a follower stops that was told that nobody wants more.
var errEnough = errors.New("enough")

// run ends with why: nil if nobody wanted more.
func (f *follower[M]) run(ctx context.Context) *Error {
	for failures := 1; ; failures++ {
		toldSome, err := f.runOnce(ctx)
		if errors.Is(err, errEnough) {
			return nil
		}
		var failed *Error
		if !errors.Is(err, io.EOF) {
			failed = f.client.failure(ctx, err)
			if !mendable(failed) {
				return failed
			}
		}
		f.position.cut(failed)
		if toldSome {
			failures = 1
		}
		if stopped := f.client.sleep(ctx, f.client.retry.wait(failures, failed)); stopped != nil {
			return stopped
		}
	}
}

// runOnce tells what one stream has, and ends with why that ended.
func (f *follower[M]) runOnce(ctx context.Context) (toldSome bool, err error) {
	// Ending the context ends the stream, when nobody wants more of it.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := f.open(ctx, f.position.next())
	if err != nil {
		return false, err
	}
	for {
		message, err := stream.Recv()
		if err != nil {
			return toldSome, err
		}
		begun := f.position.told(message)
		if !f.give(message, begun) {
			return toldSome, errEnough
		}
		toldSome = true
	}
}

// mendable reports whether a stream that ended so can be gone on with.
func mendable(failed *Error) bool {
	return failed.Code == codes.Unavailable || failed.Reason == ErrSlowFollower || failed.Reason == ErrOverloaded
}

// waitForServer has gRPC begin a stream as soon as there is a connection, instead of failing while there is none.
var waitForServer = grpc.WaitForReady(true)

// position is from where a stream goes on.
type position struct {
	start *pb.StartPosition
	// token covers what was told. Empty: nothing was.
	token string
	// isState: the stream begins with the current state, which has not been told to its end.
	isState bool
	// hasTold: a message was given out.
	hasTold bool
	// isAgain: some of that state was told by a stream that was cut off.
	isAgain bool
}

func newPosition(start *pb.StartPosition) position {
	return position{start: start, isState: start.GetCurrentState()}
}

func (p *position) next() *pb.StartPosition {
	if p.token == "" || p.isState {
		return p.start
	}
	return FromToken(p.token).sent
}

// told notes a message that is about to be given out.
func (p *position) told(message followed) beginning {
	begun := goesOn
	if p.isState && p.isAgain {
		begun = beginsAnew
		p.isAgain = false
	}
	p.hasTold = true
	p.token = message.GetResumeToken()
	if marked, can := message.(interface{ GetSynced() bool }); can && marked.GetSynced() {
		p.isState = false
	}
	return begun
}

// cut notes why a stream ended: what was told of a state is void, and the server may say from where to go on.
func (p *position) cut(failed *Error) {
	if failed != nil && failed.Metadata[resumeTokenMeta] != "" {
		p.token = failed.Metadata[resumeTokenMeta]
	}
	p.isAgain = p.isState && p.hasTold
}
