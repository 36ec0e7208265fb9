package keyvaluedb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

type watchStreams = grpc.ServerStreamingServer[pb.WatchResponse]

// told is a stream of the script: what it tells, and how it ends.
type told struct {
	messages []*pb.WatchResponse
	end      error
}

// script tells stream after stream, and keeps where each began.
type script struct {
	streams []told
	starts  []string
}

func (s *script) watch(request *pb.WatchRequest, stream watchStreams) error {
	s.starts = append(s.starts, startName(request.GetStart()))
	if len(s.streams) == 0 {
		return status.Error(codes.Internal, "the script is over")
	}
	next := s.streams[0]
	s.streams = s.streams[1:]
	for _, message := range next.messages {
		if err := stream.Send(message); err != nil {
			return err
		}
	}
	return next.end
}

func startName(start *pb.StartPosition) string {
	switch position := start.GetPosition().(type) {
	case *pb.StartPosition_Now:
		return "now"
	case *pb.StartPosition_Revision:
		return fmt.Sprintf("r%d", position.Revision)
	case *pb.StartPosition_ResumeToken:
		return "t:" + position.ResumeToken
	case *pb.StartPosition_CurrentState:
		return "state"
	default:
		return "unset"
	}
}

// follow takes all that there is, and writes it down.
func (s *script) follow(t *testing.T, options ...WatchOption) string {
	t.Helper()
	client := (&fake{watch: s.watch}).open(t)
	var got []string
	for message, err := range client.Watch(t.Context(), options...) {
		if err != nil {
			got = append(got, string(err.(*Error).Reason))
			continue
		}
		one := message.ResumeToken
		for _, event := range message.Events {
			one += "+" + event.Entry.Key
		}
		if message.Restarted {
			one += "(restarted)"
		}
		if message.Synced {
			one += "(synced)"
		}
		got = append(got, one)
	}
	return strings.Join(got, " ")
}

func message(token string, keys ...string) *pb.WatchResponse {
	events := make([]*pb.Event, len(keys))
	for at, key := range keys {
		events[at] = &pb.Event{Entry: &pb.Entry{Key: key}}
	}
	return &pb.WatchResponse{ResumeToken: token, Events: events}
}

func synced(token string) *pb.WatchResponse {
	return &pb.WatchResponse{ResumeToken: token, Synced: true}
}

func messages(all ...*pb.WatchResponse) []*pb.WatchResponse { return all }

func (s *script) expect(t *testing.T, got, want, starts string) {
	t.Helper()
	if got != want {
		t.Errorf("it told\n\t%s\nnot\n\t%s", got, want)
	}
	if began := strings.Join(s.starts, " "); began != starts {
		t.Errorf("its streams began at\n\t%s\nnot\n\t%s", began, starts)
	}
}

func TestWatchGoesOnFromItsLastToken(t *testing.T) {
	slow := refusal(t, codes.ResourceExhausted, &errdetails.ErrorInfo{Reason: string(ErrSlowFollower)})
	s := &script{streams: []told{
		{messages(message("1"), message("2", "a")), errAway},
		{nil, errAway},
		{messages(message("3", "b")), nil},
		{messages(message("4")), slow},
		{messages(message("5")), comeBack(t, time.Millisecond)},
	}}
	got := s.follow(t, FromRevision(7))
	s.expect(t, got, "1 2+a 3+b 4 5 OTHER", "r7 t:2 t:2 t:3 t:4 t:5")
}

func TestWatchGoesOnFromTheTokenOfTheError(t *testing.T) {
	info := &errdetails.ErrorInfo{Reason: string(ErrDraining), Metadata: map[string]string{"resume_token": "9"}}
	s := &script{streams: []told{
		{messages(message("1")), refusal(t, codes.Unavailable, info)},
	}}
	got := s.follow(t)
	s.expect(t, got, "1 OTHER", "unset t:9")
}

func TestWatchBeginsWhereItWasToBeginUntilItHasBegun(t *testing.T) {
	s := &script{streams: []told{{nil, errAway}, {nil, nil}}}
	got := s.follow(t, FromNow())
	s.expect(t, got, "OTHER", "now now now")
}

func TestWatchBeginsTheStateAnewUntilItIsSynced(t *testing.T) {
	s := &script{streams: []told{
		{nil, errAway},
		{messages(message("s1"), message("s1", "a")), errAway},
		{messages(message("s2")), nil},
		{messages(message("s3"), message("s3", "b"), synced("3")), errAway},
		{messages(message("4", "c")), errAway},
	}}
	got := s.follow(t, FromCurrentState())
	want := "s1 s1+a s2(restarted) s3(restarted) s3+b 3(synced) 4+c OTHER"
	s.expect(t, got, want, "state state state state t:3 t:4")
}

func TestWatchEndsWithWhatCannotBeMended(t *testing.T) {
	for reason, code := range map[Reason]codes.Code{
		ErrRevisionCompacted: codes.OutOfRange,
		ErrHistoryChanged:    codes.FailedPrecondition,
		ErrInvalidField:      codes.InvalidArgument,
		ErrCorrupt:           codes.DataLoss,
	} {
		s := &script{streams: []told{
			{messages(message("1")), refusal(t, code, &errdetails.ErrorInfo{Reason: string(reason)})},
		}}
		got := s.follow(t)
		s.expect(t, got, "1 "+string(reason), "unset")
	}
}

func TestWatchWaitsLongerWithEachFailureAndNotAfterAMessage(t *testing.T) {
	s := &script{streams: []told{
		{nil, errAway},
		{nil, errAway},
		{messages(message("1")), errAway},
		{nil, errAway},
	}}
	client := (&fake{watch: s.watch}).open(t)
	client.retry = retryPolicy{first: 8, most: 1000, random: func(time.Duration) time.Duration { return 0 }}
	var waits []time.Duration
	client.retry.random = func(bound time.Duration) time.Duration {
		waits = append(waits, bound-1)
		return 0
	}
	for range client.Watch(t.Context()) {
		continue
	}
	if got := fmt.Sprint(waits); got != "[4ns 8ns 4ns 8ns]" {
		t.Errorf("it waited, as half of the whole, %s", got)
	}
}

func TestWatchEndsOnTheServerWhenTheLoopDoes(t *testing.T) {
	ended := make(chan struct{})
	client := (&fake{watch: func(_ *pb.WatchRequest, stream watchStreams) error {
		_ = stream.Send(message("1"))
		<-stream.Context().Done()
		close(ended)
		return nil
	}}).open(t)
	for range client.Watch(t.Context()) {
		break
	}
	<-ended
}

func TestWatchEndsWithItsContext(t *testing.T) {
	client := (&fake{watch: func(_ *pb.WatchRequest, stream watchStreams) error {
		_ = stream.Send(message("1"))
		<-stream.Context().Done()
		return nil
	}}).open(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range client.Watch(ctx) {
		cancel()
		last = err
	}
	if !errors.Is(last, ErrCancelled) {
		t.Errorf("it ends with %v", last)
	}
}

func TestWatchReadsAtThePaceOfTheLoop(t *testing.T) {
	const large = 64 << 10
	stuck := make(chan int)
	client := (&fake{watch: func(_ *pb.WatchRequest, stream watchStreams) error {
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			for stream.Context().Err() == nil {
				if stream.Send(message(strings.Repeat("x", large))) != nil {
					return
				}
				sent <- struct{}{}
			}
		}()
		for count := 0; ; {
			select {
			case _, more := <-sent:
				if !more {
					return nil
				}
				count++
			case stuck <- count:
				// Whoever asks is told how many went out so far.
			}
		}
	}}).open(t)
	for range client.Watch(t.Context()) {
		// HTTP/2's windows fill up, and then nothing more is sent.
		before := -1
		for now := <-stuck; now != before; now = <-stuck {
			before = now
			time.Sleep(50 * time.Millisecond)
		}
		if before > 256 {
			t.Errorf("%d messages of 64 KiB went out to who read one", before)
		}
		break
	}
}

func TestWatchExpirationsGoesOn(t *testing.T) {
	var starts []string
	server := &fake{}
	server.watchExpired = func(request *pb.WatchExpirationsRequest, stream grpc.ServerStreamingServer[pb.WatchExpirationsResponse]) error {
		starts = append(starts, startName(request.GetStart())+" "+request.GetRange().GetPrefix())
		if len(starts) > 2 {
			return status.Error(codes.Internal, "the script is over")
		}
		_ = stream.Send(&pb.WatchExpirationsResponse{
			ResumeToken: fmt.Sprint(len(starts)),
			Expirations: []*pb.Expiration{{Key: "a", Cause: pb.ExpirationCause_EXPIRATION_CAUSE_DEADLINE_WHILE_DOWN}},
		})
		return errAway
	}
	var got []string
	for message, err := range server.open(t).WatchExpirations(t.Context(), Prefix("p/"), FromRevision(3)) {
		if err != nil {
			continue
		}
		got = append(got, message.ResumeToken+message.Expirations[0].Key+message.Expirations[0].Cause.String())
	}
	if want := "1aDEADLINE_WHILE_DOWN 2aDEADLINE_WHILE_DOWN"; strings.Join(got, " ") != want {
		t.Errorf("it told %q", got)
	}
	if want := "r3 p/,t:1 p/,t:2 p/"; strings.Join(starts, ",") != want {
		t.Errorf("its streams began at %q", starts)
	}
}
