package keyvaluedb

import (
	"context"
	"strings"
	"time"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Status is how a store is. Counts of events are since the start of the server's process.
type Status struct {
	// Version is that of the server's program.
	Version string
	// StoreID names the store, and HistoryID the history that revisions and tokens belong to: a restore begins a new one.
	StoreID, HistoryID string
	// Revision is the newest. 0: nothing was ever written.
	Revision int64
	// OldestRetainedRevision is the oldest that a watch can start from.
	OldestRetainedRevision int64
	KeyCount               int64
	// OlderVersionCount is how many versions there are beside the newest of each key, and HistoryVersions how many of
	// each key are kept, the newest included.
	OlderVersionCount, HistoryVersions int64
	// TransactionCount is how many transactions were committed, and SyncCount how often the log was synced for them.
	TransactionCount, SyncCount int64
	// LiveBytes is the size of the records that are current; DiskBytes that of all segments.
	LiveBytes, DiskBytes int64
	SegmentCount         int64
	// KeydirBytes and CacheBytes are memory.
	KeydirBytes, CacheBytes int64
	// OldestViewRevision is that of the oldest view held for a reader, for OldestViewAge already. 0: there is none.
	OldestViewRevision int64
	OldestViewAge      time.Duration
	// NextExpireTime is when the next key expires. The zero time: none does.
	NextExpireTime time.Time
	// OverdueCount is how many keys wait for their expiration to be recorded. They are not returned to anyone.
	OverdueCount int64
	// LogicalTime is the store's own time, which never goes back.
	LogicalTime time.Time
	StartTime   time.Time
	// FollowerCount is how many watches are connected.
	FollowerCount int64
	// Alarms is what is wrong. Empty: nothing.
	Alarms []Alarm
	// KeyOrder and Compression are the schema's names in small letters, such as `bytes` and `zstd`.
	KeyOrder, Compression string
	// CheckpointRevision is that of the newest checkpoint. 0: there is none.
	CheckpointRevision int64
	CheckpointTime     time.Time
	CheckpointBytes    int64
	// Scrub is the verification in the background.
	Scrub Scrub
	// Methods is each method of the services that was ever called, by name.
	Methods []MethodStatus
	// SyncLatency is how long a sync of the log took, from the write before it, or from the change to a new segment where
	// it made one, to when the server knew that it had ended. nil: there was none lately.
	SyncLatency *Latency
}

// Alarm is something that an operator must know until it is over.
type Alarm struct {
	// Kind is the schema's name, such as `NO_SPACE`.
	Kind string
	// Message is the same in words.
	Message   string
	StartTime time.Time
}

// Scrub is how far the verification of all data in the background is, and how the last one ended. The zero times: none is
// made, or none has ended yet.
type Scrub struct {
	StartTime                  time.Time
	DoneBytes, TotalBytes      int64
	FindingCount               int64
	LastStartTime, LastEndTime time.Time
	LastBytes                  int64
	LastFindingCount           int64
}

// MethodStatus is how often a method was called since the start of the server's process, and how long its calls took
// lately.
type MethodStatus struct {
	// Method is its name, such as `Set`.
	Method string
	// CallCount is how many calls were begun, streams included: of which a request was there, whole and no longer than it
	// may be.
	CallCount int64
	// ErrorCount is how many of those ended with a status that is no success, those left aside that their callers
	// cancelled.
	ErrorCount int64
	// RefusedCount is how many calls were refused instead of begun, because more came than could be served
	// (RESOURCE_EXHAUSTED).
	RefusedCount int64
	// Latency is from when a request was there, whole, to when its answer was given to the connection: of calls of one
	// reply, those that failed included, and of the requests of pipelines. nil: there was none lately, or the method's
	// replies are a stream of another kind, which lasts as long as its caller wants.
	Latency *Latency
	// OperationCount is how many operations were answered in pipelines, gets included; 0 of other methods.
	OperationCount int64
	// OperationErrorCount is how many of those were answered with an error, which is none of the call.
	OperationErrorCount int64
}

// Latency is how long those took that ended lately: in a window of one to two minutes. A quantile is never too short,
// and at most a sixteenth and a microsecond too long; past 71 minutes only the longest is known.
type Latency struct {
	// Window is how long the window is that ends now. Shorter than a minute: the server started in it.
	Window time.Duration
	// Count is how many ended in it.
	Count int64
	// P50 is what half of them took no longer than.
	P50 time.Duration
	// P99 is what 99 of a hundred took no longer than.
	P99 time.Duration
	// P999 is what 999 of a thousand took no longer than.
	P999 time.Duration
	// Max is the one that took longest, exact.
	Max time.Duration
}

// Status tells how the store is.
func (c *Client) Status(ctx context.Context, options ...PlainOption) (Status, error) {
	answer, err := invoke(ctx, c, c.admin.GetStatus, &pb.GetStatusRequest{IncludeMethods: true}, plain(options))
	if err != nil {
		return Status{}, err
	}
	return toStatus(answer), nil
}

func toStatus(sent *pb.GetStatusResponse) Status {
	return Status{
		Version:                sent.GetVersion(),
		StoreID:                sent.GetStoreId(),
		HistoryID:              sent.GetHistoryId(),
		Revision:               sent.GetRevision(),
		OldestRetainedRevision: sent.GetOldestRetainedRevision(),
		KeyCount:               sent.GetKeyCount(),
		OlderVersionCount:      sent.GetOlderVersionCount(),
		HistoryVersions:        sent.GetHistoryVersions(),
		TransactionCount:       sent.GetTransactionCount(),
		SyncCount:              sent.GetSyncCount(),
		LiveBytes:              sent.GetLiveBytes(),
		DiskBytes:              sent.GetDiskBytes(),
		SegmentCount:           sent.GetSegmentCount(),
		KeydirBytes:            sent.GetKeydirBytes(),
		CacheBytes:             sent.GetCacheBytes(),
		OldestViewRevision:     sent.GetOldestViewRevision(),
		OldestViewAge:          sent.GetOldestViewAge().AsDuration(),
		NextExpireTime:         toTime(sent.GetNextExpireTime()),
		OverdueCount:           sent.GetOverdueCount(),
		LogicalTime:            toTime(sent.GetLogicalTime()),
		StartTime:              toTime(sent.GetStartTime()),
		FollowerCount:          sent.GetFollowerCount(),
		Alarms:                 toAlarms(sent.GetAlarms()),
		KeyOrder:               smallName(sent.GetKeyOrder().String(), "KEY_ORDER_"),
		Compression:            smallName(sent.GetCompression().String(), "COMPRESSION_"),
		CheckpointRevision:     sent.GetCheckpointRevision(),
		CheckpointTime:         toTime(sent.GetCheckpointTime()),
		CheckpointBytes:        sent.GetCheckpointBytes(),
		Scrub:                  toScrub(sent.GetScrub()),
		Methods:                toMethods(sent.GetMethods()),
		SyncLatency:            toLatency(sent.GetSyncLatency()),
	}
}

func toAlarms(sent []*pb.Alarm) []Alarm {
	alarms := make([]Alarm, len(sent))
	for at, alarm := range sent {
		alarms[at] = Alarm{
			Kind:      strings.TrimPrefix(alarm.GetKind().String(), "ALARM_KIND_"),
			Message:   alarm.GetMessage(),
			StartTime: toTime(alarm.GetStartTime()),
		}
	}
	return alarms
}

func toScrub(sent *pb.ScrubStatus) Scrub {
	return Scrub{
		StartTime:        toTime(sent.GetStartTime()),
		DoneBytes:        sent.GetDoneBytes(),
		TotalBytes:       sent.GetTotalBytes(),
		FindingCount:     sent.GetFindingCount(),
		LastStartTime:    toTime(sent.GetLastStartTime()),
		LastEndTime:      toTime(sent.GetLastEndTime()),
		LastBytes:        sent.GetLastBytes(),
		LastFindingCount: sent.GetLastFindingCount(),
	}
}

func toMethods(sent []*pb.MethodStatus) []MethodStatus {
	methods := make([]MethodStatus, len(sent))
	for at, method := range sent {
		methods[at] = MethodStatus{
			Method:       method.GetMethod(),
			CallCount:    method.GetCallCount(),
			ErrorCount:   method.GetErrorCount(),
			RefusedCount: method.GetRefusedCount(),
			Latency:      toLatency(method.GetLatency()),

			OperationCount:      method.GetOperationCount(),
			OperationErrorCount: method.GetOperationErrorCount(),
		}
	}
	return methods
}

// toLatency is nil where there is none.
func toLatency(sent *pb.Latency) *Latency {
	if sent == nil {
		return nil
	}
	return &Latency{
		Window: sent.GetWindow().AsDuration(),
		Count:  sent.GetCount(),
		P50:    sent.GetP50().AsDuration(),
		P99:    sent.GetP99().AsDuration(),
		P999:   sent.GetP999().AsDuration(),
		Max:    sent.GetMax().AsDuration(),
	}
}

func smallName(name, prefix string) string {
	return strings.ToLower(strings.TrimPrefix(name, prefix))
}
