package main

import (
	"context"
	"iter"

	"google.golang.org/grpc/codes"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

// endable is a stream whose messages are of some kind.
type endable interface {
	end()
	next(ctx context.Context, call call) (streamReply, error)
}

// followed takes messages as they are asked for, and no sooner: one may wait, so that a slow harness is a slow follower.
type followed[M any] struct {
	cancel   context.CancelFunc
	messages chan M
	ended    chan struct{}
	// failure is why it ended, once it has.
	failure error
	note    func(*streamReply, M)
}

// streamReply is what some messages told together.
type streamReply struct {
	Events      []eventReply   `json:"events,omitempty"`
	Expirations []expiredReply `json:"expirations,omitempty"`
	ResumeToken string         `json:"resume_token,omitempty"`
	Progress    *progressReply `json:"progress,omitempty"`
	Synced      bool           `json:"synced,omitempty"`
	Restarted   bool           `json:"restarted,omitempty"`
}

// begin follows the messages under the command's name, and answers with the first.
func begin[M any](call call, all iter.Seq2[M, error], note func(*streamReply, M)) (any, error) {
	stream := &followed[M]{
		cancel:   call.cancel,
		messages: make(chan M),
		ended:    make(chan struct{}),
		note:     note,
	}
	call.agent.mutex.Lock()
	call.agent.streams[call.command.Stream] = stream
	call.agent.mutex.Unlock()
	go stream.follow(call.ctx, all)
	var answer streamReply
	_, err := stream.take(call.agent.ended, &answer)
	return answer, err
}

func (s *followed[M]) follow(ctx context.Context, all iter.Seq2[M, error]) {
	defer close(s.ended)
	defer s.cancel()
	for message, err := range all {
		if err != nil {
			s.failure = err
			return
		}
		select {
		case s.messages <- message:
		// The iterator says why it ends.
		case <-ctx.Done():
		}
	}
}

// take notes one message more.
func (s *followed[M]) take(ctx context.Context, answer *streamReply) (streamReply, error) {
	var one streamReply
	select {
	case message := <-s.messages:
		s.note(&one, message)
	case <-s.ended:
		return one, s.failure
	case <-ctx.Done():
		// The deadline of a wait leaves the stream alone.
		return one, &keyvaluedb.Error{Reason: keyvaluedb.ErrDeadlineExceeded, Code: codes.DeadlineExceeded, Message: ctx.Err().Error()}
	}
	answer.add(one)
	return one, nil
}

func (s *followed[M]) next(ctx context.Context, call call) (streamReply, error) {
	var answer streamReply
	for {
		one, err := s.take(ctx, &answer)
		if err != nil {
			return streamReply{}, err
		}
		switch call.command.Until {
		case "synced":
			if one.Synced {
				return answer, nil
			}
		case "progress":
			if one.Progress != nil {
				return answer, nil
			}
		case "restarted":
			if one.Restarted {
				return answer, nil
			}
		case "":
			if len(answer.Events)+len(answer.Expirations) >= call.command.Count {
				return answer, nil
			}
		default:
			return streamReply{}, faultf("there is no until %q", call.command.Until)
		}
	}
}

func (s *followed[M]) end() {
	s.cancel()
	<-s.ended
}

func (r *streamReply) add(one streamReply) {
	r.Events = append(r.Events, one.Events...)
	r.Expirations = append(r.Expirations, one.Expirations...)
	r.ResumeToken = one.ResumeToken
	if one.Progress != nil {
		r.Progress = one.Progress
	}
	r.Synced = r.Synced || one.Synced
	r.Restarted = r.Restarted || one.Restarted
}

func next(call call) (any, error) {
	stream, err := call.stream()
	if err != nil {
		return nil, err
	}
	return stream.next(call.ctx, call)
}

func endStream(call call) (any, error) {
	stream, err := call.stream()
	if err != nil {
		return nil, err
	}
	stream.end()
	return struct{}{}, nil
}

func (c call) stream() (endable, error) {
	c.agent.mutex.Lock()
	defer c.agent.mutex.Unlock()
	stream := c.agent.streams[c.command.Stream]
	if stream == nil {
		return nil, faultf("there is no stream %q", c.command.Stream)
	}
	return stream, nil
}
