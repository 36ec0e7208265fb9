package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// The requests of writes, alike for a call and for an operation of a transaction.

func setRequest(key string, value []byte, options []SetOption) (*pb.SetRequest, settings) {
	request, chosen := &pb.SetRequest{Key: key, Value: value}, settings{}
	for _, option := range options {
		option.applySet(request, &chosen)
	}
	return request, chosen
}

func deleteRequest(key string, options []DeleteOption) (*pb.DeleteRequest, settings) {
	request, chosen := &pb.DeleteRequest{Key: key}, settings{}
	for _, option := range options {
		option.applyDelete(request, &chosen)
	}
	return request, chosen
}

func touchRequest(key string, expiration Expiration, options []TouchOption) (*pb.TouchRequest, settings) {
	request, chosen := &pb.TouchRequest{Key: key}, settings{}
	expiration.touch(request)
	for _, option := range options {
		option.applyTouch(request, &chosen)
	}
	return request, chosen
}

func incrementRequest(key string, delta int64, options []IncrementOption) (*pb.IncrementRequest, settings) {
	request, chosen := &pb.IncrementRequest{Key: key, Delta: delta}, settings{}
	for _, option := range options {
		option.applyIncrement(request, &chosen)
	}
	return request, chosen
}
