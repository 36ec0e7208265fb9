// Package keyvaluedb is the client of KeyValueDB, a persistent key-value store that services talk to over gRPC.
//
// A [Client] is made once with [Open] and used by as many goroutines as there are:
//
//	client, err := keyvaluedb.Open("127.0.0.1:50051")
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	_, err = client.Set(ctx, "greeting", []byte("hello"), keyvaluedb.TTL(time.Hour))
//	entry, found, err := client.Get(ctx, "greeting")
//
// # Deadlines
//
// A call ends at the deadline of its context. Where the context has none, it ends after the client's own timeout:
// 10 s, or what [WithTimeout] says. The deadline includes all tries. Of listings it holds for each page, of a scan until
// its first message. What follows the store without an end ([Client.Watch], [Client.WatchExpirations]) has no deadline but
// that of its context.
//
// # Errors
//
// Every error of this package is an [*Error] with the server's [Reason]; reasons are targets of [errors.Is]:
//
//	_, err := client.Set(ctx, "lock", owner, keyvaluedb.IfAbsent())
//	if errors.Is(err, keyvaluedb.ErrKeyExists) {
//		// somebody else has it
//	}
//
// # Retries
//
// A call is made again after UNAVAILABLE, and after RESOURCE_EXHAUSTED if the server said after how long, until its
// deadline. That is safe for writes, too: each has a request id, by which the server knows it again and does it once.
// [WithoutRetries] turns this off, for a client or for a call.
//
// # Values
//
// A value is bytes. A [Typed] view reads and writes values of a type of one's own through a [Codec]: [JSON], [Text],
// [Protobuf], those of the packages msgpack and cbor below this one, or one's own.
package keyvaluedb
