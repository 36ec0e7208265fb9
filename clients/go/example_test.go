package keyvaluedb_test

import (
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strconv"
	"time"

	"github.com/keyvaluedb/keyvaluedb/clients/go"
)

func ExampleOpen() {
	client, err := keyvaluedb.Open("kv.internal:443",
		keyvaluedb.WithCAFile("/etc/ssl/internal.pem"),
		keyvaluedb.WithTimeout(2*time.Second),
	)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
}

func ExampleClient_Set() {
	ctx, client := context.Background(), open()
	result, err := client.Set(ctx, "session/7", []byte("{}"),
		keyvaluedb.TTL(30*time.Minute),
		keyvaluedb.WithContentType("application/json"),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("it expires at", result.ExpireTime)
}

func ExampleClient_Set_ifAbsent() {
	ctx, client := context.Background(), open()
	_, err := client.Set(ctx, "lock/reports", []byte("worker 3"), keyvaluedb.IfAbsent(), keyvaluedb.TTL(time.Minute))
	switch {
	case errors.Is(err, keyvaluedb.ErrKeyExists):
		fmt.Println("somebody else makes the reports")
	case err != nil:
		log.Fatal(err)
	}
}

func ExampleClient_Get() {
	ctx, client := context.Background(), open()
	entry, found, err := client.Get(ctx, "greeting")
	if err != nil {
		log.Fatal(err)
	}
	if found {
		fmt.Printf("%s, set at revision %d\n", entry.Value, entry.Revision)
	}
}

func ExampleClient_ListKeys() {
	ctx, client := context.Background(), open()
	for key, err := range client.ListKeys(ctx, keyvaluedb.Prefix("session/")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(key)
	}
}

func ExampleClient_Scan() {
	ctx, client := context.Background(), open()
	large := keyvaluedb.WithFilter("json.size > 100000000")
	for entry, err := range client.Scan(ctx, keyvaluedb.Prefix("deb/games/"), keyvaluedb.WithValues(), large) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %s\n", entry.Key, entry.Value)
	}
}

func ExampleClient_Transact() {
	ctx, client := context.Background(), open()
	result, err := client.Transact(ctx, keyvaluedb.Proposal{
		If: []keyvaluedb.Condition{
			keyvaluedb.IfExists().Of("account/a"),
			keyvaluedb.IfAbsent().Of("transfer/19"),
		},
		Then: []keyvaluedb.Operation{
			keyvaluedb.OpIncrement("account/a", -5),
			keyvaluedb.OpIncrement("account/b", 5),
			keyvaluedb.OpSet("transfer/19", nil),
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("transferred:", result.Succeeded)
}

func ExampleClient_Transaction() {
	ctx, client := context.Background(), open()
	err := client.Transaction(ctx, func(tx *keyvaluedb.Tx) error {
		entry, _, err := tx.Get(ctx, "stock/apples")
		if err != nil {
			return err
		}
		apples, err := strconv.Atoi(string(entry.Value))
		if err != nil {
			return err
		}
		if apples < 3 {
			return errors.New("too few apples")
		}
		tx.Set("stock/apples", []byte(strconv.Itoa(apples-3)))
		tx.Set("order/7", []byte("3 apples"))
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}

func ExampleClient_Watch() {
	ctx, client := context.Background(), open()
	settings := map[string]string{}
	for message, err := range client.Watch(ctx, keyvaluedb.Prefix("config/"), keyvaluedb.FromCurrentState()) {
		if err != nil {
			log.Fatal(err)
		}
		if message.Restarted {
			clear(settings)
		}
		for _, event := range message.Events {
			switch event.Kind {
			case keyvaluedb.EventSet:
				settings[event.Entry.Key] = string(event.Entry.Value)
			case keyvaluedb.EventDelete, keyvaluedb.EventExpire:
				delete(settings, event.Entry.Key)
			}
		}
		if message.Synced {
			fmt.Println("all settings are here")
		}
	}
}

func ExampleClient_WatchExpirations() {
	ctx, client := context.Background(), open()
	token := loadToken()
	for message, err := range client.WatchExpirations(ctx, keyvaluedb.Prefix("session/"), keyvaluedb.FromToken(token)) {
		if err != nil {
			log.Fatal(err)
		}
		for _, expired := range message.Expirations {
			fmt.Println(expired.Key, "expired at", expired.ExpireTime)
		}
		saveToken(message.ResumeToken)
	}
}

func ExampleTyped() {
	type User struct {
		Name string `json:"name"`
	}
	ctx, client := context.Background(), open()
	users := keyvaluedb.NewTyped(client, keyvaluedb.JSON[User]())
	if _, err := users.Set(ctx, "user/7", User{Name: "Ada"}); err != nil {
		log.Fatal(err)
	}
	user, found, err := users.Get(ctx, "user/7")
	if err != nil || !found {
		log.Fatal(found, err)
	}
	fmt.Println(user.Name)
}

func ExampleError() {
	ctx, client := context.Background(), open()
	_, err := client.Set(ctx, "counter", []byte("42"), keyvaluedb.IfRevision(1207))
	var failed *keyvaluedb.Error
	if errors.As(err, &failed) && failed.Reason == keyvaluedb.ErrPreconditionFailed {
		fmt.Println("somebody was faster; the key is at revision", failed.Metadata["revision"])
	}
}

// deflated is a codec around a codec.
type deflated[T any] struct {
	keyvaluedb.Codec[T]
}

func (d deflated[T]) ContentType() string         { return "application/x-deflated" }
func (d deflated[T]) Reads(mediaType string) bool { return mediaType == "application/x-deflated" }

func (d deflated[T]) Encode(value T) ([]byte, error) {
	data, err := d.Codec.Encode(value)
	if err != nil {
		return nil, err
	}
	var written bytes.Buffer
	writer, err := flate.NewWriter(&written, flate.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(data); err != nil {
		return nil, err
	}
	err = writer.Close()
	return written.Bytes(), err
}

func (d deflated[T]) Decode(data []byte) (T, error) {
	// A bound, so that a stranger's few bytes do not become all of the memory.
	read, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), 64<<20))
	if err != nil {
		var nothing T
		return nothing, err
	}
	return d.Codec.Decode(read)
}

func ExampleCodec() {
	codec := deflated[[]string]{keyvaluedb.JSON[[]string]()}
	data, err := keyvaluedb.Encode(codec, make([]string, 1000))
	if err != nil {
		log.Fatal(err)
	}
	read, err := keyvaluedb.Decode(codec, keyvaluedb.Entry{Value: data, ContentType: codec.ContentType()})
	fmt.Println(len(data) < 100, len(read), err)
	// Output: true 1000 <nil>
}

func open() *keyvaluedb.Client {
	client, err := keyvaluedb.Open(keyvaluedb.DefaultAddress)
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func loadToken() string { return "" }

func saveToken(string) {}
