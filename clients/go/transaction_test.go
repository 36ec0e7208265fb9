package keyvaluedb

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"google.golang.org/protobuf/proto"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// ledger has every key at a revision, and loses the first so many transactions to others.
type ledger struct {
	lost     int
	reads    []string
	requests []*pb.TransactRequest
}

func (l *ledger) open(t *testing.T) *Client {
	return (&fake{get: l.get, transact: l.transact}).open(t)
}

func (l *ledger) get(request *pb.GetRequest) (*pb.GetResponse, error) {
	l.reads = append(l.reads, request.GetKey())
	if request.GetKey() == "absent" {
		return &pb.GetResponse{Revision: 9}, nil
	}
	revision := int64(len(l.reads))
	return &pb.GetResponse{Entry: &pb.Entry{Key: request.GetKey(), Value: []byte("read"), Revision: revision}, Revision: 9}, nil
}

func (l *ledger) transact(request *pb.TransactRequest) (*pb.TransactResponse, error) {
	l.requests = append(l.requests, proto.Clone(request).(*pb.TransactRequest))
	return &pb.TransactResponse{Succeeded: len(l.requests) > l.lost}, nil
}

func revisionIs(key string, revision int64) *pb.Condition {
	return &pb.Condition{Key: key, Check: &pb.Condition_Revision{Revision: revision}}
}

func TestTransactionWritesIfWhatItReadIsAsItWas(t *testing.T) {
	server := &ledger{}
	err := server.open(t).Transaction(t.Context(), func(tx *Tx) error {
		entry, found, err := tx.Get(t.Context(), "a")
		if err != nil || !found || string(entry.Value) != "read" {
			t.Errorf("it reads %+v, %v, %v", entry, found, err)
		}
		if _, found, err := tx.Get(t.Context(), "absent"); err != nil || found {
			t.Errorf("it finds what is absent, %v", err)
		}
		tx.Set("a", []byte("new"), WithContentType("text/plain"))
		tx.Delete("b")
		tx.Touch("c", Persist())
		tx.Increment("d", -2)
		return nil
	})
	if err != nil || len(server.requests) != 1 {
		t.Fatalf("it made %d transactions, %v", len(server.requests), err)
	}
	got := server.requests[0]
	if !uuid.MatchString(got.GetRequestId()) {
		t.Errorf("its id is %q", got.GetRequestId())
	}
	want := &pb.TransactRequest{
		Conditions: []*pb.Condition{revisionIs("a", 1), revisionIs("absent", 0)},
		Then: sentOperations([]Operation{
			OpSet("a", []byte("new"), WithContentType("text/plain")),
			OpDelete("b"),
			OpTouch("c", Persist()),
			OpIncrement("d", -2),
		}),
		RequestId: got.GetRequestId(),
	}
	if !proto.Equal(got, want) {
		t.Errorf("it sent %v, not %v", got, want)
	}
}

func TestTransactionSeesItsOwnWrites(t *testing.T) {
	server := &ledger{}
	err := server.open(t).Transaction(t.Context(), func(tx *Tx) error {
		for range 2 {
			if _, _, err := tx.Get(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		}
		tx.Set("a", []byte("mine"))
		if entry, found, err := tx.Get(t.Context(), "a"); err != nil || !found || string(entry.Value) != "mine" {
			t.Errorf("after its Set it reads %+v, %v, %v", entry, found, err)
		}
		tx.Delete("a")
		if _, found, err := tx.Get(t.Context(), "a"); err != nil || found {
			t.Errorf("after its Delete it finds it, %v", err)
		}
		tx.Increment("a", 1)
		if _, _, err := tx.Get(t.Context(), "a"); !errors.Is(err, ErrInvalidField) {
			t.Errorf("after its Increment it reads, %v", err)
		}
		tx.Touch("b", Persist())
		if _, _, err := tx.Get(t.Context(), "b"); !errors.Is(err, ErrInvalidField) {
			t.Errorf("after its Touch it reads, %v", err)
		}
		return nil
	})
	if err != nil || !slices.Equal(server.reads, []string{"a"}) {
		t.Errorf("it read %q from the server, %v", server.reads, err)
	}
}

func TestTransactionBeginsAnewWhenItLost(t *testing.T) {
	server := &ledger{lost: 2}
	attempts := 0
	err := server.open(t).Transaction(t.Context(), func(tx *Tx) error {
		attempts++
		_, _, err := tx.Get(t.Context(), "a")
		tx.Set("a", []byte(strconv.Itoa(attempts)))
		return err
	})
	if err != nil || attempts != 3 {
		t.Fatalf("it made %d attempts, %v", attempts, err)
	}
	last := server.requests[2]
	if !proto.Equal(last.GetConditions()[0], revisionIs("a", 3)) || string(last.GetThen()[0].GetSet().GetValue()) != "3" {
		t.Errorf("at last it sent %v", last)
	}
	if last.GetRequestId() == server.requests[1].GetRequestId() {
		t.Error("two attempts have the same id")
	}
}

func TestTransactionGivesUp(t *testing.T) {
	for _, chosen := range []struct {
		options []TransactionOption
		want    int
	}{
		{nil, 10},
		{[]TransactionOption{WithAttempts(3)}, 3},
	} {
		server := &ledger{lost: 1000}
		err := server.open(t).Transaction(t.Context(), func(tx *Tx) error {
			tx.Set("a", nil)
			return nil
		}, chosen.options...)
		if !errors.Is(err, ErrPreconditionFailed) || len(server.requests) != chosen.want {
			t.Errorf("after %d attempts of %d it fails with %v", len(server.requests), chosen.want, err)
		}
	}
}

func TestTransactionEndsWithTheFunctionsError(t *testing.T) {
	server := &ledger{}
	broke := errors.New("broke")
	err := server.open(t).Transaction(t.Context(), func(tx *Tx) error {
		tx.Set("a", nil)
		return broke
	})
	if err != broke || len(server.requests) != 0 {
		t.Errorf("it sent %v and fails with %v", server.requests, err)
	}
}

func TestTransactionIsSentOnlyIfThereIsSomethingToCheck(t *testing.T) {
	for reads, want := range map[int]int{0: 0, 1: 0, 2: 1} {
		server := &ledger{}
		err := server.open(t).Transaction(t.Context(), func(tx *Tx) error {
			for at := range reads {
				if _, _, err := tx.Get(t.Context(), strconv.Itoa(at)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || len(server.requests) != want {
			t.Errorf("after %d reads it sent %v, %v", reads, server.requests, err)
		}
	}
}

func TestTransactionRefusesNoAttempts(t *testing.T) {
	err := (&ledger{}).open(t).Transaction(t.Context(), func(*Tx) error { return nil }, WithAttempts(0))
	if !errors.Is(err, ErrInvalidField) {
		t.Errorf("it fails with %v", err)
	}
}
