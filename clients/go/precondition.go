package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// Precondition is what must be so for a key to be changed, checked in the same step that makes the change: [IfExists],
// [IfAbsent], [IfRevision] or [IfValue]. It is an option of Set, Delete and Touch, and with [Precondition.Of] a
// condition of a transaction.
type Precondition struct {
	kind     preconditionKind
	revision int64
	value    []byte
}

type preconditionKind int

const (
	preconditionUnset preconditionKind = iota
	preconditionExists
	preconditionAbsent
	preconditionRevision
	preconditionValue
)

// IfExists asks that the key exists. Otherwise the call fails with [ErrKeyAbsent].
func IfExists() Precondition {
	return Precondition{kind: preconditionExists}
}

// IfAbsent asks that the key does not exist. Otherwise the call fails with [ErrKeyExists].
func IfAbsent() Precondition {
	return Precondition{kind: preconditionAbsent}
}

// IfRevision asks that the key's last change was at this revision; 0: that it is absent. Otherwise the call fails with
// [ErrPreconditionFailed].
func IfRevision(revision int64) Precondition {
	return Precondition{kind: preconditionRevision, revision: revision}
}

// IfValue asks that the key has this value, byte for byte. Otherwise, and where the key is absent, the call fails with
// [ErrPreconditionFailed].
func IfValue(value []byte) Precondition {
	return Precondition{kind: preconditionValue, value: value}
}

// Of asks the same of a key, for [Client.Transact].
func (p Precondition) Of(key string) Condition {
	return Condition{key: key, check: p}
}

// Condition is what a transaction asks of one key. [Precondition.Of] makes it.
type Condition struct {
	key   string
	check Precondition
}

func (p Precondition) applySet(request *pb.SetRequest, _ *settings) {
	request.Precondition = p.sent()
}

func (p Precondition) applyDelete(request *pb.DeleteRequest, _ *settings) {
	request.Precondition = p.sent()
}

func (p Precondition) applyTouch(request *pb.TouchRequest, _ *settings) {
	request.Precondition = p.sent()
}

func (p Precondition) sent() *pb.Precondition {
	switch p.kind {
	case preconditionExists, preconditionAbsent:
		exists := p.kind == preconditionExists
		return &pb.Precondition{Condition: &pb.Precondition_Exists{Exists: exists}}
	case preconditionRevision:
		return &pb.Precondition{Condition: &pb.Precondition_Revision{Revision: p.revision}}
	case preconditionValue:
		return &pb.Precondition{Condition: &pb.Precondition_Value{Value: p.value}}
	default:
		return &pb.Precondition{}
	}
}

func (c Condition) sent() *pb.Condition {
	switch c.check.kind {
	case preconditionExists, preconditionAbsent:
		exists := c.check.kind == preconditionExists
		return &pb.Condition{Key: c.key, Check: &pb.Condition_Exists{Exists: exists}}
	case preconditionRevision:
		return &pb.Condition{Key: c.key, Check: &pb.Condition_Revision{Revision: c.check.revision}}
	case preconditionValue:
		return &pb.Condition{Key: c.key, Check: &pb.Condition_Value{Value: c.check.value}}
	default:
		return &pb.Condition{Key: c.key}
	}
}
