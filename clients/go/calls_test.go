package keyvaluedb

import (
	"context"
	"errors"
	"reflect"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// failing answers with the errors first, and then well; it keeps the ids of the requests.
type failing struct {
	mutex  sync.Mutex
	errors []error
	ids    []string
}

func (f *failing) set(request *pb.SetRequest) (*pb.SetResponse, error) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.ids = append(f.ids, request.GetRequestId())
	if len(f.errors) > 0 {
		err := f.errors[0]
		f.errors = f.errors[1:]
		return nil, err
	}
	return &pb.SetResponse{Revision: 7, Replayed: len(f.ids) > 1}, nil
}

func TestWriteIsMadeAgainWithTheSameID(t *testing.T) {
	server := &failing{errors: []error{errAway, comeBack(t, time.Millisecond), errAway}}
	client := (&fake{set: server.set}).open(t)
	result, err := client.Set(t.Context(), "a", nil)
	if err != nil || result.Revision != 7 || !result.Replayed {
		t.Fatalf("it answers %+v, %v", result, err)
	}
	if len(server.ids) != 4 || !uuid.MatchString(server.ids[0]) {
		t.Fatalf("it made the tries %q", server.ids)
	}
	if slices.ContainsFunc(server.ids, func(id string) bool { return id != server.ids[0] }) {
		t.Errorf("it made the tries %q", server.ids)
	}
	if _, err := client.Set(t.Context(), "a", nil); err != nil || server.ids[4] == server.ids[0] {
		t.Errorf("another call has the same id: %q, %v", server.ids, err)
	}
}

func TestWriteHasTheCallersID(t *testing.T) {
	server := &failing{errors: []error{errAway}}
	client := (&fake{set: server.set}).open(t)
	if _, err := client.Set(t.Context(), "a", nil, WithRequestID("mine")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"mine", "mine"}; !slices.Equal(server.ids, want) {
		t.Errorf("it made the tries %q", server.ids)
	}
}

func TestWithoutRetriesThereIsOneTryWithoutID(t *testing.T) {
	for name, chosen := range map[string]struct {
		client []Option
		call   []SetOption
	}{
		"of the client": {client: []Option{WithoutRetries()}},
		"of the call":   {call: []SetOption{WithoutRetries()}},
	} {
		t.Run(name, func(t *testing.T) {
			server := &failing{errors: []error{errAway}}
			client := (&fake{set: server.set}).open(t, chosen.client...)
			_, err := client.Set(t.Context(), "a", nil, chosen.call...)
			if !errors.Is(err, ErrUnreachable) || !slices.Equal(server.ids, []string{""}) {
				t.Errorf("it made the tries %q and failed with %v", server.ids, err)
			}
		})
	}
}

func TestACallCanHaveRetriesThatItsClientHasNot(t *testing.T) {
	server := &failing{errors: []error{errAway}}
	client := (&fake{set: server.set}).open(t, WithoutRetries())
	_, err := client.Set(t.Context(), "a", nil, WithRetries())
	if err != nil || len(server.ids) != 2 || !uuid.MatchString(server.ids[0]) {
		t.Errorf("it made the tries %q, %v", server.ids, err)
	}
}

func TestWhatIsRefusedIsNotMadeAgain(t *testing.T) {
	refused := refusal(t, codes.ResourceExhausted, &errdetails.ErrorInfo{Reason: string(ErrNoSpace)})
	for _, final := range []error{
		refused,
		status.Error(codes.DeadlineExceeded, "late"),
		status.Error(codes.Aborted, "lost"),
		status.Error(codes.Internal, "broken"),
		status.Error(codes.Canceled, "gone"),
	} {
		server := &failing{errors: []error{final}}
		client := (&fake{set: server.set}).open(t)
		if _, err := client.Set(t.Context(), "a", nil); status.Code(err) != status.Code(final) || len(server.ids) != 1 {
			t.Errorf("after %v it made %d tries and failed with %v", final, len(server.ids), err)
		}
	}
}

func TestCallEndsWithTheLastErrorBeforeItsDeadline(t *testing.T) {
	server := &failing{errors: []error{errAway, comeBack(t, time.Hour)}}
	client := (&fake{set: server.set}).open(t, WithTimeout(time.Minute))
	began := time.Now()
	_, err := client.Set(t.Context(), "a", nil)
	if !errors.Is(err, ErrOverloaded) || len(server.ids) != 2 {
		t.Errorf("it made the tries %q and failed with %v", server.ids, err)
	}
	if time.Since(began) > 30*time.Second {
		t.Error("it waited for a try that it could not make")
	}
}

func TestDeadlineIsTheContextsOrElseTheClients(t *testing.T) {
	left := make(chan time.Duration, 1)
	server := &fake{getStatus: func(ctx context.Context) (*pb.GetStatusResponse, error) {
		deadline, has := ctx.Deadline()
		if !has {
			left <- 0
		} else {
			left <- time.Until(deadline)
		}
		return &pb.GetStatusResponse{}, nil
	}}
	ask := func(ctx context.Context, client *Client) time.Duration {
		if _, err := client.Status(ctx); err != nil {
			t.Fatal(err)
		}
		return <-left
	}
	client := server.open(t)
	if got := ask(t.Context(), client); got > 10*time.Second || got < 5*time.Second {
		t.Errorf("without a deadline, %v are left", got)
	}
	longer, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if got := ask(longer, client); got < 59*time.Minute {
		t.Errorf("of an hour, %v are left", got)
	}
	if got := ask(t.Context(), server.open(t, WithTimeout(0))); got != 0 {
		t.Errorf("of no deadline, %v are left", got)
	}
}

func TestStatusTellsHowLongCallsAndSyncsTook(t *testing.T) {
	answer := &pb.GetStatusResponse{
		Methods: []*pb.MethodStatus{
			{
				Method: "Set", CallCount: 9, ErrorCount: 3, RefusedCount: 2, OperationCount: 11, OperationErrorCount: 12,
				Latency: &pb.Latency{
					Window: durationpb.New(61 * time.Second),
					Count:  6,
					P50:    durationpb.New(101 * time.Microsecond),
					P99:    durationpb.New(1202 * time.Microsecond),
					P999:   durationpb.New(1000303 * time.Microsecond),
					Max:    durationpb.New(1000404 * time.Microsecond),
				},
			},
			{Method: "Watch", CallCount: 5, ErrorCount: 4, RefusedCount: 1},
		},
		SyncLatency: &pb.Latency{
			Window: durationpb.New(62 * time.Second),
			Count:  7,
			P50:    durationpb.New(505 * time.Microsecond),
			P99:    durationpb.New(1606 * time.Microsecond),
			P999:   durationpb.New(2000707 * time.Microsecond),
			Max:    durationpb.New(2000808*time.Microsecond + 9),
		},
	}
	client := (&fake{getStatus: func(context.Context) (*pb.GetStatusResponse, error) { return answer, nil }}).open(t)
	got, err := client.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	methods := []MethodStatus{
		{
			Method: "Set", CallCount: 9, ErrorCount: 3, RefusedCount: 2, OperationCount: 11, OperationErrorCount: 12,
			Latency: &Latency{
				Window: 61 * time.Second,
				Count:  6,
				P50:    101 * time.Microsecond,
				P99:    1202 * time.Microsecond,
				P999:   1000303 * time.Microsecond,
				Max:    1000404 * time.Microsecond,
			},
		},
		{Method: "Watch", CallCount: 5, ErrorCount: 4, RefusedCount: 1},
	}
	if !reflect.DeepEqual(got.Methods, methods) {
		t.Errorf("the methods are %+v", got.Methods)
	}
	syncs := &Latency{
		Window: 62 * time.Second,
		Count:  7,
		P50:    505 * time.Microsecond,
		P99:    1606 * time.Microsecond,
		P999:   2000707 * time.Microsecond,
		Max:    2000808*time.Microsecond + 9,
	}
	if !reflect.DeepEqual(got.SyncLatency, syncs) {
		t.Errorf("the syncs took %+v", got.SyncLatency)
	}
}

func TestStatusOfAServerThatWasNotCalledTellsNoLatency(t *testing.T) {
	client := (&fake{getStatus: func(context.Context) (*pb.GetStatusResponse, error) {
		return &pb.GetStatusResponse{}, nil
	}}).open(t)
	got, err := client.Status(t.Context())
	if err != nil || len(got.Methods) != 0 || got.SyncLatency != nil {
		t.Errorf("it tells %+v and %+v, %v", got.Methods, got.SyncLatency, err)
	}
}

func TestCancelledWhileItWaits(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("the user left")
	client := (&fake{set: func(*pb.SetRequest) (*pb.SetResponse, error) {
		cancel(enough)
		return nil, comeBack(t, time.Second)
	}}).open(t)
	_, err := client.Set(ctx, "a", nil)
	if !errors.Is(err, ErrCancelled) || !errors.Is(err, context.Canceled) || !errors.Is(err, enough) {
		t.Errorf("it failed with %v", err)
	}
}

func TestClosedClient(t *testing.T) {
	asked := make(chan struct{})
	client := (&fake{set: func(*pb.SetRequest) (*pb.SetResponse, error) {
		close(asked)
		return nil, comeBack(t, time.Second)
	}}).open(t)
	failed := make(chan error)
	go func() {
		_, err := client.Set(t.Context(), "a", nil)
		failed <- err
	}()
	<-asked
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, ErrClosed) {
		t.Errorf("the call under way failed with %v", err)
	}
	if _, err := client.Set(t.Context(), "a", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("a later call failed with %v", err)
	}
	if err := client.Close(); err != nil {
		t.Errorf("closing again fails with %v", err)
	}
}

func TestMalformedTextIsNamed(t *testing.T) {
	client := (&fake{}).open(t)
	proposal := Proposal{Then: []Operation{OpGet("a"), OpSet("b", nil, WithContentType("\xff"))}}
	_, err := client.Transact(t.Context(), proposal)
	var failed *Error
	if !errors.As(err, &failed) || failed.Reason != ErrInvalidField || failed.Metadata["field"] != "then[1].set.content_type" {
		t.Errorf("it failed with %v, %+v", err, failed)
	}
	if _, _, err := client.Get(t.Context(), "\xff"); !errors.Is(err, ErrInvalidField) {
		t.Errorf("it failed with %v", err)
	}
}

func TestOpenRefusesAnAddressWithoutAPort(t *testing.T) {
	for _, address := range []string{"localhost", "::1", "http://127.0.0.1"} {
		if _, err := Open(address); !errors.Is(err, ErrInvalidField) {
			t.Errorf("%s: it failed with %v", address, err)
		}
	}
}

func TestOpenRefusesCertificatesThatItCannotRead(t *testing.T) {
	if _, err := Open("", WithCAFile("retry_test.go")); !errors.Is(err, ErrInvalidField) {
		t.Errorf("it failed with %v", err)
	}
	if _, err := Open("", WithCAFile("no/such/file.pem")); !errors.Is(err, ErrInvalidField) {
		t.Errorf("it failed with %v", err)
	}
}
