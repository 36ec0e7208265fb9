// Sessions that expire: sets some, follows their end, and ends when all are gone. It wants a server on 127.0.0.1:50051, or
// on the address that it is given:
//
//	go run ./examples/sessions 127.0.0.1:50051
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

// Session is what the keys hold, as JSON.
type Session struct {
	User  string    `json:"user"`
	Since time.Time `json:"since"`
}

const sessionCount = 3

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	address := keyvaluedb.DefaultAddress
	if len(os.Args) > 1 {
		address = os.Args[1]
	}
	if err := run(ctx, address); err != nil && !errors.Is(err, context.Canceled) {
		log.Fatal(err)
	}
}

func run(ctx context.Context, address string) error {
	client, err := keyvaluedb.Open(address)
	if err != nil {
		return err
	}
	defer client.Close()
	sessions := keyvaluedb.NewTyped(client, keyvaluedb.JSON[Session]())
	first, err := begin(ctx, sessions)
	if err != nil {
		return err
	}
	for entry, err := range sessions.Scan(ctx, keyvaluedb.Prefix("session/")) {
		if err != nil {
			return err
		}
		fmt.Printf("%s is %s's, until %s\n", entry.Key, entry.Decoded.User, entry.ExpireTime.Format(time.TimeOnly))
	}
	return follow(ctx, client, first)
}

// begin sets the sessions, and tells the revision of the first.
func begin(ctx context.Context, sessions *keyvaluedb.Typed[Session]) (first int64, err error) {
	for at := range sessionCount {
		key := fmt.Sprintf("session/%d", at)
		session := Session{User: fmt.Sprintf("user %d", at), Since: time.Now()}
		result, err := sessions.Set(ctx, key, session, keyvaluedb.TTL(time.Duration(at+1)*time.Second))
		if err != nil {
			return 0, err
		}
		if at == 0 {
			first = result.Revision
		}
	}
	return first, nil
}

// follow tells which sessions end, until all have. It would go on through a restart of the server.
func follow(ctx context.Context, client *keyvaluedb.Client, first int64) error {
	ended := 0
	for message, err := range client.WatchExpirations(ctx, keyvaluedb.Prefix("session/"), keyvaluedb.FromRevision(first)) {
		if err != nil {
			return err
		}
		for _, expired := range message.Expirations {
			late := expired.CommitTime.Sub(expired.ExpireTime)
			fmt.Printf("%s expired, told %v after its deadline\n", expired.Key, late)
			ended++
		}
		if ended >= sessionCount {
			return nil
		}
	}
	return nil
}
