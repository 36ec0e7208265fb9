package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// StartPosition is where a watch begins: [FromNow], which is the default, [FromRevision], [FromToken] or
// [FromCurrentState].
type StartPosition struct {
	sent *pb.StartPosition
}

// FromNow is from the moment at which the server is reached. What comes after the first message is told for certain.
func FromNow() StartPosition {
	return StartPosition{&pb.StartPosition{Position: &pb.StartPosition_Now{Now: true}}}
}

// FromRevision is from this revision on, it included; 1 or more.
func FromRevision(revision int64) StartPosition {
	return StartPosition{&pb.StartPosition{Position: &pb.StartPosition_Revision{Revision: revision}}}
}

// FromToken is from after what the `ResumeToken` of an earlier message covers.
func FromToken(token string) StartPosition {
	return StartPosition{&pb.StartPosition{Position: &pb.StartPosition_ResumeToken{ResumeToken: token}}}
}

// FromCurrentState is with the entries that there are, at one revision, and then with all that comes after it. It is for
// [Client.Watch] only.
func FromCurrentState() StartPosition {
	return StartPosition{&pb.StartPosition{Position: &pb.StartPosition_CurrentState{CurrentState: true}}}
}

func (s StartPosition) applyWatch(request *pb.WatchRequest) { request.Start = s.sent }

func (s StartPosition) applyWatchExpirations(request *pb.WatchExpirationsRequest) {
	request.Start = s.sent
}
