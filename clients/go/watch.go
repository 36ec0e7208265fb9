package keyvaluedb

import (
	"context"
	"iter"
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// WatchMessage is what a watch tells at once: events, or how far it is, or both.
type WatchMessage struct {
	// Events are in the order in which they were committed. Those of the current state are sets.
	Events []Event
	// ResumeToken is from where a watch goes on that has this message, with [FromToken]. Not before Synced of a
	// watch [FromCurrentState], which has to begin anew.
	ResumeToken string
	// Progress is set on a mark: everything up to there was told.
	Progress *Progress
	// Synced: the current state has been told. What follows came after it.
	Synced bool
	// Restarted: the current state begins anew, since the stream was cut off before Synced. Forget what came before: some
	// of it may be gone.
	Restarted bool
}

// Progress says how far a watch is: every event at this revision or an earlier one was told.
type Progress struct {
	Revision int64
	// Every event that was durable before Time was told: it is the store's own when the mark was made, or an earlier one
	// while the watch is behind.
	Time time.Time
}

// Event is something that happened to a key. (Revision, Index) identifies it.
type Event struct {
	Kind     EventKind
	Revision int64
	// Index is the place within the transaction, from 0.
	Index int
	// Entry is as a set or a touch left it. Of a key that was deleted or expired it has the key, the revision, and the
	// deadline that passed.
	Entry Entry
	// Previous is what was there before, if it was asked for. nil: the key was made, or PreviousOmitted.
	Previous *Entry
	// PreviousOmitted: there was something before, but it is not here.
	PreviousOmitted bool
	// ValueOmitted: the value of Entry was too large to be sent. Get has it.
	ValueOmitted bool
	CommitTime   time.Time
}

// EventKind is what can happen to a key.
type EventKind int

// Kinds of events. A later server may have others.
const (
	// EventSet: the key was set, whether or not it was there before.
	EventSet EventKind = EventKind(pb.EventKind_EVENT_KIND_SET)
	// EventDelete: the key was deleted.
	EventDelete EventKind = EventKind(pb.EventKind_EVENT_KIND_DELETE)
	// EventExpire: the key's deadline passed, and the store ended it.
	EventExpire EventKind = EventKind(pb.EventKind_EVENT_KIND_EXPIRE)
	// EventTouch: the key was given another deadline, or none.
	EventTouch EventKind = EventKind(pb.EventKind_EVENT_KIND_TOUCH)
)

// String is the schema's name, such as `SET`.
func (k EventKind) String() string {
	switch k {
	case EventSet:
		return "SET"
	case EventDelete:
		return "DELETE"
	case EventExpire:
		return "EXPIRE"
	case EventTouch:
		return "TOUCH"
	default:
		return "EventKind(" + strconv.Itoa(int(k)) + ")"
	}
}

// WatchOption is an option of [Client.Watch]: one or more [Range], a [StartPosition], [OnlyKinds],
// [WithPreviousEntries] or [WithProgressInterval].
type WatchOption interface {
	applyWatch(*pb.WatchRequest)
}

type watchOption func(*pb.WatchRequest)

func (o watchOption) applyWatch(request *pb.WatchRequest) { o(request) }

// OnlyKinds tells events of these kinds only. The current state is told whatever is said here.
func OnlyKinds(kinds ...EventKind) WatchOption {
	return watchOption(func(request *pb.WatchRequest) {
		for _, kind := range kinds {
			request.Kinds = append(request.Kinds, pb.EventKind(toInt32(int(kind))))
		}
	})
}

// WithPreviousEntries tells with each event what was there before, as far as it can be had.
func WithPreviousEntries() WatchOption {
	return watchOption(func(request *pb.WatchRequest) { request.IncludePrevious = true })
}

// ProgressOption is what [WithProgressInterval] is.
type ProgressOption interface {
	WatchOption
	WatchExpirationsOption
}

// WithProgressInterval says how long the server may be silent before it sends a mark of progress. The default is 10 s,
// unless the server is configured otherwise.
func WithProgressInterval(interval time.Duration) ProgressOption {
	return withProgressInterval(interval)
}

type withProgressInterval time.Duration

func (i withProgressInterval) applyWatch(request *pb.WatchRequest) {
	request.ProgressInterval = durationpb.New(time.Duration(i))
}

func (i withProgressInterval) applyWatchExpirations(request *pb.WatchExpirationsRequest) {
	request.ProgressInterval = durationpb.New(time.Duration(i))
}

// Watch tells every change in some ranges (none: of all keys), in order, until the context ends or the loop does:
//
//	for message, err := range client.Watch(ctx, keyvaluedb.Prefix("config/"), keyvaluedb.FromCurrentState()) {
//		if err != nil {
//			return err
//		}
//		for _, event := range message.Events {
//			…
//		}
//	}
//
// It goes on by itself when the server is away or cuts it off, from the last message that it gave out, so that nothing is
// missed and nothing told twice. It ends with an error, which is the last that it gives: that of the context, or one that
// cannot be mended, such as [ErrRevisionCompacted] or [ErrHistoryChanged]. It reads at the pace of the loop; the first
// message comes at once. Each loop over it is a watch of its own.
func (c *Client) Watch(ctx context.Context, options ...WatchOption) iter.Seq2[WatchMessage, error] {
	request := &pb.WatchRequest{}
	for _, option := range options {
		option.applyWatch(request)
	}
	return func(yield func(WatchMessage, error) bool) {
		follower := follower[*pb.WatchResponse]{
			client: c,
			open: func(ctx context.Context, start *pb.StartPosition) (stream[*pb.WatchResponse], error) {
				return c.store.Watch(ctx, &pb.WatchRequest{
					Ranges:           request.GetRanges(),
					Start:            start,
					Kinds:            request.GetKinds(),
					IncludePrevious:  request.GetIncludePrevious(),
					ProgressInterval: request.GetProgressInterval(),
				}, waitForServer)
			},
			give: func(message *pb.WatchResponse, begun beginning) bool {
				return yield(toWatchMessage(message, begun), nil)
			},
			position: newPosition(request.GetStart()),
		}
		if failed := follower.run(ctx); failed != nil {
			yield(WatchMessage{}, failed)
		}
	}
}

func toWatchMessage(sent *pb.WatchResponse, begun beginning) WatchMessage {
	events := make([]Event, len(sent.GetEvents()))
	for at, event := range sent.GetEvents() {
		events[at] = toEvent(event)
	}
	return WatchMessage{
		Events:      events,
		ResumeToken: sent.GetResumeToken(),
		Progress:    toProgress(sent.GetProgress()),
		Synced:      sent.GetSynced(),
		Restarted:   begun == beginsAnew,
	}
}

func toEvent(sent *pb.Event) Event {
	return Event{
		Kind:            EventKind(sent.GetKind()),
		Revision:        sent.GetRevision(),
		Index:           int(sent.GetIndex()),
		Entry:           toEntry(sent.GetEntry()),
		Previous:        toEntryPointer(sent.GetPrevious()),
		PreviousOmitted: sent.GetPreviousOmitted(),
		ValueOmitted:    sent.GetValueOmitted(),
		CommitTime:      toTime(sent.GetCommitTime()),
	}
}

func toProgress(sent *pb.Progress) *Progress {
	if sent == nil {
		return nil
	}
	return &Progress{Revision: sent.GetRevision(), Time: toTime(sent.GetTime())}
}
