package keyvaluedb

import pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"

// Range is the keys that a call speaks of: [All], [Prefix], [Interval] or [Glob]. The zero Range is all keys.
type Range struct {
	sent *pb.KeyRange
}

// All is every key of the store.
func All() Range {
	return Range{}
}

// Prefix is every key that begins with these characters.
func Prefix(prefix string) Range {
	return Range{&pb.KeyRange{Range: &pb.KeyRange_Prefix{Prefix: prefix}}}
}

// Interval is the keys from start to before end, in the store's order of keys. An empty one is open.
func Interval(start, end string) Range {
	interval := &pb.KeyInterval{Start: start, End: end}
	return Range{&pb.KeyRange{Range: &pb.KeyRange_Interval{Interval: interval}}}
}

// Glob is every key that the whole pattern matches: `*` stands for any characters, also for `/`; `?` for one; `[a-c]` for
// one of these, `[^a]` for one but these; `\` takes the meaning from the next character.
func Glob(pattern string) Range {
	return Range{&pb.KeyRange{Range: &pb.KeyRange_Glob{Glob: pattern}}}
}

func (r Range) applyWatch(request *pb.WatchRequest) {
	sent := r.sent
	if sent == nil {
		sent = &pb.KeyRange{}
	}
	request.Ranges = append(request.Ranges, sent)
}
