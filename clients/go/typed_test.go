package keyvaluedb

import (
	"errors"
	"testing"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

type point struct{ X, Y int }

// shelf keeps one value, of whatever key.
type shelf struct {
	value       []byte
	contentType string
}

func (s *shelf) open(t *testing.T) *Typed[point] {
	server := &fake{}
	server.set = func(request *pb.SetRequest) (*pb.SetResponse, error) {
		s.value, s.contentType = request.GetValue(), request.GetContentType()
		return &pb.SetResponse{Revision: 1}, nil
	}
	server.get = func(request *pb.GetRequest) (*pb.GetResponse, error) {
		if s.value == nil {
			return &pb.GetResponse{}, nil
		}
		return &pb.GetResponse{Entry: s.entry(request.GetKey())}, nil
	}
	server.scan = func(request *pb.ScanRequest, stream scanStreams) error {
		if !request.GetIncludeValues() {
			return errNotWritten
		}
		return stream.Send(&pb.ScanResponse{Entries: []*pb.Entry{s.entry("a"), {Key: "b"}, s.entry("c")}})
	}
	server.transact = func(request *pb.TransactRequest) (*pb.TransactResponse, error) {
		set := request.GetThen()[0].GetSet()
		s.value, s.contentType = set.GetValue(), set.GetContentType()
		return &pb.TransactResponse{Succeeded: true}, nil
	}
	return NewTyped(server.open(t), JSON[point]())
}

func (s *shelf) entry(key string) *pb.Entry {
	return &pb.Entry{Key: key, Value: s.value, ContentType: s.contentType, Revision: 5}
}

func TestTypedReadsWhatItSet(t *testing.T) {
	shelf := &shelf{}
	points := shelf.open(t)
	if _, found, err := points.Get(t.Context(), "a"); found || err != nil {
		t.Fatalf("it finds what is absent: %v, %v", found, err)
	}
	if _, err := points.Set(t.Context(), "a", point{1, 2}); err != nil {
		t.Fatal(err)
	}
	if string(shelf.value) != `{"X":1,"Y":2}` || shelf.contentType != "application/json" {
		t.Errorf("it set %q, %q", shelf.value, shelf.contentType)
	}
	if got, found, err := points.Get(t.Context(), "a"); got != (point{1, 2}) || !found || err != nil {
		t.Errorf("it reads %v, %v, %v", got, found, err)
	}
	entry, found, err := points.GetEntry(t.Context(), "a")
	if entry.Decoded != (point{1, 2}) || entry.Revision != 5 || !found || err != nil {
		t.Errorf("it reads %+v, %v, %v", entry, found, err)
	}
	if _, err := points.Set(t.Context(), "a", point{}, WithContentType("application/geo+json")); err != nil || shelf.contentType != "application/geo+json" {
		t.Errorf("the caller's content type is not %q, %v", shelf.contentType, err)
	}
}

func TestTypedScanEndsWithWhatItCannotRead(t *testing.T) {
	points := (&shelf{value: []byte(`{"X":1}`), contentType: "application/json"}).open(t)
	var keys []string
	var last error
	for entry, err := range points.Scan(t.Context(), All()) {
		if last = err; err == nil {
			keys = append(keys, entry.Key)
		}
	}
	if len(keys) != 1 || !errors.Is(last, ErrDecodeFailed) {
		t.Errorf("it gave %q and ends with %v", keys, last)
	}
}

func TestTypedInATransaction(t *testing.T) {
	shelf := &shelf{value: []byte(`{"X":1}`), contentType: "application/json"}
	points := shelf.open(t)
	err := points.client.Transaction(t.Context(), func(tx *Tx) error {
		points := points.In(tx)
		before, found, err := points.Get(t.Context(), "a")
		if err != nil || !found {
			t.Fatalf("it reads %v, %v, %v", before, found, err)
		}
		return points.Set("a", point{before.X + 1, 0})
	})
	if err != nil || string(shelf.value) != `{"X":2,"Y":0}` {
		t.Errorf("it set %q, %v", shelf.value, err)
	}
}
