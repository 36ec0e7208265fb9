package keyvaluedb

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// paged answers with one key a page, "1" to "3", and keeps the tokens that it was asked with.
func paged(tokens *[]string) func(*pb.ListKeysRequest) (*pb.ListKeysResponse, error) {
	return func(request *pb.ListKeysRequest) (*pb.ListKeysResponse, error) {
		*tokens = append(*tokens, request.GetPageToken())
		if request.GetPageToken() == "ii" {
			return &pb.ListKeysResponse{Keys: []string{"3"}}, nil
		}
		next := request.GetPageToken() + "i"
		return &pb.ListKeysResponse{Keys: []string{string(rune('0' + len(next)))}, NextPageToken: next}, nil
	}
}

func TestListKeysGoesOverAllPages(t *testing.T) {
	var tokens, keys []string
	client := (&fake{listKeys: paged(&tokens)}).open(t)
	for key, err := range client.ListKeys(t.Context(), All()) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	if !slices.Equal(keys, []string{"1", "2", "3"}) || !slices.Equal(tokens, []string{"", "i", "ii"}) {
		t.Errorf("it gave %q with the tokens %q", keys, tokens)
	}
}

func TestListKeysFetchesNoMoreThanIsTaken(t *testing.T) {
	var tokens []string
	client := (&fake{listKeys: paged(&tokens)}).open(t)
	for range client.ListKeys(t.Context(), All()) {
		break
	}
	if len(tokens) != 1 {
		t.Errorf("it fetched the pages %q", tokens)
	}
}

func TestListKeysEndsWithAnError(t *testing.T) {
	client := (&fake{}).open(t)
	given := 0
	for _, err := range client.ListKeys(t.Context(), All()) {
		given++
		if !errors.Is(err, ErrOther) {
			t.Errorf("it failed with %v", err)
		}
	}
	if given != 1 {
		t.Errorf("it gave %d", given)
	}
}

type scanStreams = grpc.ServerStreamingServer[pb.ScanResponse]

func TestScanBeginsAgainUntilItHasBegun(t *testing.T) {
	tries := 0
	client := (&fake{scan: func(_ *pb.ScanRequest, stream scanStreams) error {
		tries++
		if tries < 3 {
			return errAway
		}
		_ = stream.Send(&pb.ScanResponse{Revision: 1})
		_ = stream.Send(&pb.ScanResponse{Revision: 1, Entries: []*pb.Entry{{Key: "a"}, {Key: "b"}}})
		return errAway
	}}).open(t)
	var told []string
	for entry, err := range client.Scan(t.Context(), All()) {
		if err != nil {
			told = append(told, string(err.(*Error).Reason))
		} else {
			told = append(told, entry.Key)
		}
	}
	if got := strings.Join(told, " "); got != "a b UNREACHABLE" || tries != 3 {
		t.Errorf("it told %q with %d tries", got, tries)
	}
}

func TestScanMustBeginInTime(t *testing.T) {
	client := (&fake{scan: func(_ *pb.ScanRequest, stream scanStreams) error {
		<-stream.Context().Done()
		return status.FromContextError(stream.Context().Err()).Err()
	}}).open(t, WithTimeout(20*time.Millisecond))
	for _, err := range client.Scan(t.Context(), All()) {
		if !errors.Is(err, ErrDeadlineExceeded) {
			t.Errorf("it failed with %v", err)
		}
	}
}

func TestScanMayTakeItsTimeOnceItHasBegun(t *testing.T) {
	goOn := make(chan struct{})
	client := (&fake{scan: func(_ *pb.ScanRequest, stream scanStreams) error {
		_ = stream.Send(&pb.ScanResponse{Entries: []*pb.Entry{{Key: "a"}}})
		<-goOn
		return stream.Send(&pb.ScanResponse{Entries: []*pb.Entry{{Key: "b"}}})
	}}).open(t, WithTimeout(200*time.Millisecond))
	given := 0
	for entry, err := range client.Scan(t.Context(), All()) {
		if err != nil {
			t.Fatal(err)
		}
		given++
		if entry.Key == "a" {
			time.AfterFunc(300*time.Millisecond, func() { close(goOn) })
		}
	}
	if given != 2 {
		t.Errorf("it gave %d", given)
	}
}

func TestScanEndsOnTheServerWhenTheLoopDoes(t *testing.T) {
	ended := make(chan error, 1)
	client := (&fake{scan: func(_ *pb.ScanRequest, stream scanStreams) error {
		_ = stream.Send(&pb.ScanResponse{Entries: []*pb.Entry{{Key: "a"}}})
		<-stream.Context().Done()
		ended <- stream.Context().Err()
		return status.Error(codes.Canceled, "")
	}}).open(t)
	for range client.Scan(t.Context(), All()) {
		break
	}
	if err := <-ended; err == nil {
		t.Error("it goes on")
	}
}
