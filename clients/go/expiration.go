package keyvaluedb

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Expiration says when a key expires: [TTL], [ExpireAt], [KeepExpiration] or [Persist]. It is what [Client.Touch] takes,
// and an option of [Client.Set] and [Client.Increment].
type Expiration struct {
	kind expirationKind
	ttl  time.Duration
	at   time.Time
}

type expirationKind int

const (
	expirationUnset expirationKind = iota
	expirationTTL
	expirationAt
	expirationKeep
	expirationPersist
)

// TTL is so long after the commit, rounded up to whole milliseconds. It must be more than 0.
func TTL(ttl time.Duration) Expiration {
	return Expiration{kind: expirationTTL, ttl: ttl}
}

// ExpireAt is at this moment, rounded up to whole milliseconds. It must not have passed.
func ExpireAt(moment time.Time) Expiration {
	return Expiration{kind: expirationAt, at: moment}
}

// KeepExpiration leaves the deadline that the key has; a new key never expires. Touch does not take it.
func KeepExpiration() Expiration {
	return Expiration{kind: expirationKeep}
}

// Persist is never. It is also what a Set without a choice means.
func Persist() Expiration {
	return Expiration{kind: expirationPersist}
}

func (e Expiration) applySet(request *pb.SetRequest, _ *settings) {
	switch e.kind {
	case expirationTTL:
		request.Expiration = &pb.SetRequest_Ttl{Ttl: durationpb.New(e.ttl)}
	case expirationAt:
		request.Expiration = &pb.SetRequest_ExpireTime{ExpireTime: timestamppb.New(e.at)}
	case expirationKeep:
		request.Expiration = &pb.SetRequest_KeepExpiration{KeepExpiration: true}
	case expirationPersist, expirationUnset:
		request.Expiration = nil
	}
}

func (e Expiration) applyIncrement(request *pb.IncrementRequest, _ *settings) {
	switch e.kind {
	case expirationTTL:
		request.Expiration = &pb.IncrementRequest_Ttl{Ttl: durationpb.New(e.ttl)}
	case expirationAt:
		request.Expiration = &pb.IncrementRequest_ExpireTime{ExpireTime: timestamppb.New(e.at)}
	case expirationKeep:
		request.Expiration = &pb.IncrementRequest_KeepExpiration{KeepExpiration: true}
	case expirationPersist, expirationUnset:
		request.Expiration = nil
	}
}

// touch leaves out what a Touch cannot do, so that the server refuses it.
func (e Expiration) touch(request *pb.TouchRequest) {
	switch e.kind {
	case expirationTTL:
		request.Expiration = &pb.TouchRequest_Ttl{Ttl: durationpb.New(e.ttl)}
	case expirationAt:
		request.Expiration = &pb.TouchRequest_ExpireTime{ExpireTime: timestamppb.New(e.at)}
	case expirationPersist:
		request.Expiration = &pb.TouchRequest_Persist{Persist: true}
	case expirationKeep, expirationUnset:
		request.Expiration = nil
	}
}
