module github.com/keyvaluedb/keyvaluedb/clients/go

go 1.25.0

require (
	github.com/fxamacker/cbor/v2 v2.10.0
	github.com/ugorji/go/codec v1.3.2
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260706201446-f0a921348800
	google.golang.org/grpc v1.84.0
	google.golang.org/protobuf v1.36.12
)

require (
	github.com/x448/float16 v0.8.4 // indirect
	golang.org/x/net v0.57.0 // indirect
	golang.org/x/sys v0.47.0 // indirect
	golang.org/x/text v0.40.0 // indirect
)
