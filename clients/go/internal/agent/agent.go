package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

// agent has one client, and the streams and transactions that are under way.
type agent struct {
	// ended ends what is under way when the input does.
	ended context.Context
	end   context.CancelFunc

	writing sync.Mutex
	output  *json.Encoder

	mutex    sync.Mutex
	client   *keyvaluedb.Client
	streams  map[string]endable
	attempts map[int64]chan struct{}
}

func newAgent(output io.Writer) *agent {
	ended, end := context.WithCancel(context.Background())
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	return &agent{
		ended:    ended,
		end:      end,
		output:   encoder,
		streams:  map[string]endable{},
		attempts: map[int64]chan struct{}{},
	}
}

// say writes one line.
func (a *agent) say(reply reply) {
	a.writing.Lock()
	defer a.writing.Unlock()
	if err := a.output.Encode(reply); err != nil {
		fmt.Fprintln(os.Stderr, "agent: cannot answer:", err)
	}
}

// do finds who does the command.
func (a *agent) do(command command) (any, error) {
	switch command.Do {
	case "open":
		return a.open(command)
	case "go":
		return nil, a.goOn(command)
	case "hello":
		return map[string]string{"version": keyvaluedb.Version, "runtime": runtime.Version()}, nil
	case "encode":
		return a.encode(command)
	case "decode":
		return a.decode(command)
	}
	a.mutex.Lock()
	client := a.client
	a.mutex.Unlock()
	if client == nil {
		return nil, faultf("%s comes before open", command.Do)
	}
	ctx, cancel := command.within(a.ended)
	call := call{agent: a, client: client, command: command, ctx: ctx, cancel: cancel}
	if follow := follows[command.Do]; follow != nil {
		return follow(call)
	}
	defer cancel()
	perform := calls[command.Do]
	if perform == nil {
		return nil, faultf("there is no command %q", command.Do)
	}
	return perform(call)
}

// call is a command with what it takes to do it.
type call struct {
	agent   *agent
	client  *keyvaluedb.Client
	command command
	ctx     context.Context
	cancel  context.CancelFunc
}

var calls = map[string]func(call) (any, error){
	"close":           closeClient,
	"set":             set,
	"get":             get,
	"delete":          remove,
	"touch":           touch,
	"increment":       increment,
	"delete_range":    deleteRange,
	"list_keys":       listKeys,
	"count_keys":      countKeys,
	"scan":            scan,
	"list_versions":   listVersions,
	"transact":        transact,
	"transaction":     transaction,
	"next":            next,
	"end":             endStream,
	"set_value":       setValue,
	"get_value":       getValue,
	"status":          status,
	"snapshot":        snapshot,
	"compact":         compact,
	"list_snapshots":  listSnapshots,
	"delete_snapshot": deleteSnapshot,
	"many":            many,
}

// follows are the commands whose context outlives them.
var follows = map[string]func(call) (any, error){
	"watch":             watch,
	"watch_expirations": watchExpirations,
}

func (a *agent) open(command command) (any, error) {
	options := command.Options
	var chosen []keyvaluedb.Option
	if options.DeadlineMs != nil {
		chosen = append(chosen, keyvaluedb.WithTimeout(milliseconds(*options.DeadlineMs)))
	}
	if options.KeepaliveMs != nil || options.KeepaliveTimeoutMs != nil {
		after, timeout := 30*time.Second, 10*time.Second
		if options.KeepaliveMs != nil {
			after = milliseconds(*options.KeepaliveMs)
		}
		if options.KeepaliveTimeoutMs != nil {
			timeout = milliseconds(*options.KeepaliveTimeoutMs)
		}
		chosen = append(chosen, keyvaluedb.WithKeepalive(after, timeout))
	}
	if options.Retries != nil && !*options.Retries {
		chosen = append(chosen, keyvaluedb.WithoutRetries())
	}
	if options.TLS != nil {
		chosen = append(chosen, keyvaluedb.WithTLS(nil))
		if options.TLS.CAFile != "" {
			chosen = append(chosen, keyvaluedb.WithCAFile(options.TLS.CAFile))
		}
		if options.TLS.ServerName != "" {
			chosen = append(chosen, keyvaluedb.WithServerName(options.TLS.ServerName))
		}
	}
	client, err := keyvaluedb.Open(command.Address, chosen...)
	if err != nil {
		return nil, err
	}
	a.mutex.Lock()
	before := a.client
	a.client = client
	a.mutex.Unlock()
	if before != nil {
		_ = before.Close()
	}
	return struct{}{}, nil
}

func closeClient(call call) (any, error) {
	return struct{}{}, call.client.Close()
}
