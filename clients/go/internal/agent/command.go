package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

// command is a line that was read. Each `do` looks at what concerns it.
type command struct {
	ID         int64   `json:"id"`
	Do         string  `json:"do"`
	Of         int64   `json:"of"`
	Address    string  `json:"address"`
	Options    options `json:"options"`
	DeadlineMs *int64  `json:"deadline_ms"`
	Retries    *bool   `json:"retries"`
	write

	Range              *keyRange   `json:"range"`
	Ranges             []*keyRange `json:"ranges"`
	Limit              int         `json:"limit"`
	PageSize           int         `json:"page_size"`
	Descending         bool        `json:"descending"`
	Take               *int        `json:"take"`
	IncludeValues      bool        `json:"include_values"`
	IncludeValue       bool        `json:"include_value"`
	IncludePrevious    bool        `json:"include_previous"`
	Filter             string      `json:"filter"`
	Kinds              []string    `json:"kinds"`
	Start              *start      `json:"start"`
	ProgressIntervalMs *int64      `json:"progress_interval_ms"`
	Stream             string      `json:"stream"`
	Count              int         `json:"count"`
	Until              string      `json:"until"`

	Conditions []condition `json:"conditions"`
	Then       []operation `json:"then"`
	Otherwise  []operation `json:"otherwise"`
	Add        addends     `json:"add"`
	Write      texts       `json:"write"`
	Attempts   *int        `json:"attempts"`
	Fail       bool        `json:"fail"`

	Codec      string `json:"codec"`
	Bytes      []byte `json:"bytes"`
	SnapshotID string `json:"snapshot_id"`
	Call       string `json:"call"`
	Prefix     string `json:"prefix"`
}

type options struct {
	DeadlineMs         *int64 `json:"deadline_ms"`
	KeepaliveMs        *int64 `json:"keepalive_ms"`
	KeepaliveTimeoutMs *int64 `json:"keepalive_timeout_ms"`
	Retries            *bool  `json:"retries"`
	TLS                *struct {
		CAFile     string `json:"ca_file"`
		ServerName string `json:"server_name"`
	} `json:"tls"`
}

// write is what a call and an operation of a transaction say alike. Value is base64, but of set_value, any JSON.
type write struct {
	Key            string          `json:"key"`
	Value          json.RawMessage `json:"value"`
	Revision       int64           `json:"revision"`
	Delta          string          `json:"delta"`
	TTLMs          *int64          `json:"ttl_ms"`
	ExpireTimeMs   *int64          `json:"expire_time_ms"`
	KeepExpiration bool            `json:"keep_expiration"`
	Persist        bool            `json:"persist"`
	Precondition   *check          `json:"precondition"`
	ReturnPrevious bool            `json:"return_previous"`
	ContentType    *string         `json:"content_type"`
	RequestID      *string         `json:"request_id"`
}

type check struct {
	Exists   *bool   `json:"exists"`
	Revision *int64  `json:"revision"`
	Value    *[]byte `json:"value"`
}

type condition struct {
	Key string `json:"key"`
	check
}

type operation struct {
	Set       *write `json:"set"`
	Get       *write `json:"get"`
	Delete    *write `json:"delete"`
	Touch     *write `json:"touch"`
	Increment *write `json:"increment"`
}

type keyRange struct {
	Prefix   *string `json:"prefix"`
	Interval *struct {
		Start string `json:"start"`
		End   string `json:"end"`
	} `json:"interval"`
	Glob *string `json:"glob"`
}

type start struct {
	Now          bool    `json:"now"`
	Revision     *int64  `json:"revision"`
	ResumeToken  *string `json:"resume_token"`
	CurrentState bool    `json:"current_state"`
}

func (c command) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if c.DeadlineMs == nil {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, milliseconds(*c.DeadlineMs))
}

func (w write) value() ([]byte, error) {
	var value []byte
	if len(w.Value) == 0 {
		return nil, nil
	}
	if err := json.Unmarshal(w.Value, &value); err != nil {
		return nil, faultf("value: %v", err)
	}
	return value, nil
}

func (w write) expiration() keyvaluedb.Expiration {
	switch {
	case w.TTLMs != nil:
		return keyvaluedb.TTL(milliseconds(*w.TTLMs))
	case w.ExpireTimeMs != nil:
		return keyvaluedb.ExpireAt(time.UnixMilli(*w.ExpireTimeMs))
	case w.KeepExpiration:
		return keyvaluedb.KeepExpiration()
	case w.Persist:
		return keyvaluedb.Persist()
	default:
		return keyvaluedb.Expiration{}
	}
}

func (c check) precondition() keyvaluedb.Precondition {
	switch {
	case c.Exists != nil && *c.Exists:
		return keyvaluedb.IfExists()
	case c.Exists != nil:
		return keyvaluedb.IfAbsent()
	case c.Revision != nil:
		return keyvaluedb.IfRevision(*c.Revision)
	case c.Value != nil:
		return keyvaluedb.IfValue(*c.Value)
	default:
		return keyvaluedb.Precondition{}
	}
}

func (r *keyRange) keys() keyvaluedb.Range {
	switch {
	case r == nil:
		return keyvaluedb.All()
	case r.Prefix != nil:
		return keyvaluedb.Prefix(*r.Prefix)
	case r.Interval != nil:
		return keyvaluedb.Interval(r.Interval.Start, r.Interval.End)
	case r.Glob != nil:
		return keyvaluedb.Glob(*r.Glob)
	default:
		return keyvaluedb.All()
	}
}

func (s *start) position() keyvaluedb.StartPosition {
	switch {
	case s == nil:
		return keyvaluedb.StartPosition{}
	case s.Revision != nil:
		return keyvaluedb.FromRevision(*s.Revision)
	case s.ResumeToken != nil:
		return keyvaluedb.FromToken(*s.ResumeToken)
	case s.CurrentState:
		return keyvaluedb.FromCurrentState()
	default:
		return keyvaluedb.FromNow()
	}
}

func milliseconds(number int64) time.Duration {
	return time.Duration(number) * time.Millisecond
}
