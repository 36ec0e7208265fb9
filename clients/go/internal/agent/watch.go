package main

import (
	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

type progressReply struct {
	Revision int64  `json:"revision"`
	TimeMs   *int64 `json:"time_ms,omitempty"`
}

type eventReply struct {
	Kind            string      `json:"kind"`
	Revision        int64       `json:"revision"`
	Index           int         `json:"index"`
	Entry           *entryReply `json:"entry"`
	Previous        *entryReply `json:"previous,omitempty"`
	PreviousOmitted bool        `json:"previous_omitted"`
	ValueOmitted    bool        `json:"value_omitted"`
	CommitTimeMs    *int64      `json:"commit_time_ms,omitempty"`
}

type expiredReply struct {
	Revision     int64  `json:"revision"`
	Index        int    `json:"index"`
	Key          string `json:"key"`
	Value        []byte `json:"value,omitempty"`
	ValueSize    int64  `json:"value_size"`
	ExpireTimeMs *int64 `json:"expire_time_ms,omitempty"`
	CommitTimeMs *int64 `json:"commit_time_ms,omitempty"`
	Cause        string `json:"cause"`
	ContentType  string `json:"content_type"`
	ValueOmitted bool   `json:"value_omitted"`
}

var kinds = map[string]keyvaluedb.EventKind{
	"SET":    keyvaluedb.EventSet,
	"DELETE": keyvaluedb.EventDelete,
	"EXPIRE": keyvaluedb.EventExpire,
	"TOUCH":  keyvaluedb.EventTouch,
}

func watch(call call) (any, error) {
	command := call.command
	options := []keyvaluedb.WatchOption{command.Start.position()}
	for _, one := range command.Ranges {
		options = append(options, one.keys())
	}
	for _, name := range command.Kinds {
		kind, is := kinds[name]
		if !is {
			return nil, faultf("there is no kind %q", name)
		}
		options = append(options, keyvaluedb.OnlyKinds(kind))
	}
	if command.IncludePrevious {
		options = append(options, keyvaluedb.WithPreviousEntries())
	}
	if command.ProgressIntervalMs != nil {
		options = append(options, keyvaluedb.WithProgressInterval(milliseconds(*command.ProgressIntervalMs)))
	}
	return begin(call, call.client.Watch(call.ctx, options...), noteEvents)
}

func noteEvents(answer *streamReply, message keyvaluedb.WatchMessage) {
	for _, event := range message.Events {
		answer.Events = append(answer.Events, eventReply{
			Kind:            event.Kind.String(),
			Revision:        event.Revision,
			Index:           event.Index,
			Entry:           toEntryReply(event.Entry),
			Previous:        toPreviousReply(event.Previous),
			PreviousOmitted: event.PreviousOmitted,
			ValueOmitted:    event.ValueOmitted,
			CommitTimeMs:    toMs(event.CommitTime),
		})
	}
	answer.ResumeToken = message.ResumeToken
	answer.Progress = toProgressReply(message.Progress)
	answer.Synced = message.Synced
	answer.Restarted = message.Restarted
}

func watchExpirations(call call) (any, error) {
	command := call.command
	options := []keyvaluedb.WatchExpirationsOption{command.Start.position()}
	if command.IncludeValue {
		options = append(options, keyvaluedb.WithExpiredValues())
	}
	if command.ProgressIntervalMs != nil {
		options = append(options, keyvaluedb.WithProgressInterval(milliseconds(*command.ProgressIntervalMs)))
	}
	all := call.client.WatchExpirations(call.ctx, command.Range.keys(), options...)
	return begin(call, all, noteExpirations)
}

func noteExpirations(answer *streamReply, message keyvaluedb.ExpirationsMessage) {
	for _, expired := range message.Expirations {
		answer.Expirations = append(answer.Expirations, expiredReply{
			Revision:     expired.Revision,
			Index:        expired.Index,
			Key:          expired.Key,
			Value:        expired.Value,
			ValueSize:    expired.ValueSize,
			ExpireTimeMs: toMs(expired.ExpireTime),
			CommitTimeMs: toMs(expired.CommitTime),
			Cause:        expired.Cause.String(),
			ContentType:  expired.ContentType,
			ValueOmitted: expired.ValueOmitted,
		})
	}
	answer.ResumeToken = message.ResumeToken
	answer.Progress = toProgressReply(message.Progress)
}

func toProgressReply(progress *keyvaluedb.Progress) *progressReply {
	if progress == nil {
		return nil
	}
	return &progressReply{Revision: progress.Revision, TimeMs: toMs(progress.Time)}
}
