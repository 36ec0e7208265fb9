package keyvaluedb

import (
	"context"
	"time"

	pb "github.com/keyvaluedb/keyvaluedb/clients/go/keyvaluedb/v1"
)

// Snapshot is a file that holds every entry as it was at one revision, in the server's data directory.
type Snapshot struct {
	// ID is its name, which [Client.DeleteSnapshot] takes.
	ID       string
	Revision int64
	KeyCount int64
	// SizeBytes is the size of the file.
	SizeBytes int64
	// SHA256 is of the file without its last 32 bytes, which repeat it.
	SHA256     []byte
	CreateTime time.Time
}

// Compaction is what a [Client.Compact] did.
type Compaction struct {
	BytesBefore, BytesAfter       int64
	SegmentsBefore, SegmentsAfter int64
	// DroppedSets, DroppedTombstones and DroppedReplies are how many records were dropped of each kind.
	DroppedSets, DroppedTombstones, DroppedReplies int64
	// DamagedSegments were left alone because a record in them is damaged.
	DamagedSegments int64
	Duration        time.Duration
}

// Snapshot writes a file of every entry at one revision, and returns when it is on stable storage. A large store takes
// longer than the client's timeout: give the context a deadline that suits it.
func (c *Client) Snapshot(ctx context.Context, options ...PlainOption) (Snapshot, error) {
	answer, err := invoke(ctx, c, c.store.Snapshot, &pb.SnapshotRequest{}, plain(options))
	return toSnapshot(answer.GetSnapshot()), err
}

// Compact gives back the disk space of what was overwritten, deleted or expired, and returns when that is done. A large
// store takes longer than the client's timeout: give the context a deadline that suits it.
func (c *Client) Compact(ctx context.Context, options ...PlainOption) (Compaction, error) {
	answer, err := invoke(ctx, c, c.store.Compact, &pb.CompactRequest{}, plain(options))
	return Compaction{
		BytesBefore:       answer.GetBytesBefore(),
		BytesAfter:        answer.GetBytesAfter(),
		SegmentsBefore:    answer.GetSegmentsBefore(),
		SegmentsAfter:     answer.GetSegmentsAfter(),
		DroppedSets:       answer.GetDroppedSets(),
		DroppedTombstones: answer.GetDroppedTombstones(),
		DroppedReplies:    answer.GetDroppedReplies(),
		DamagedSegments:   answer.GetDamagedSegments(),
		Duration:          answer.GetDuration().AsDuration(),
	}, err
}

// ListSnapshots tells the snapshots that there are, the oldest first.
func (c *Client) ListSnapshots(ctx context.Context, options ...PlainOption) ([]Snapshot, error) {
	answer, err := invoke(ctx, c, c.admin.ListSnapshots, &pb.ListSnapshotsRequest{}, plain(options))
	if err != nil {
		return nil, err
	}
	snapshots := make([]Snapshot, len(answer.GetSnapshots()))
	for at, snapshot := range answer.GetSnapshots() {
		snapshots[at] = toSnapshot(snapshot)
	}
	return snapshots, nil
}

// DeleteSnapshot deletes a snapshot. One that is not there is no error: deleted is false.
func (c *Client) DeleteSnapshot(ctx context.Context, id string, options ...PlainOption) (deleted bool, err error) {
	request := &pb.DeleteSnapshotRequest{SnapshotId: id}
	answer, err := invoke(ctx, c, c.admin.DeleteSnapshot, request, plain(options))
	return answer.GetDeleted(), err
}

func toSnapshot(sent *pb.Snapshot) Snapshot {
	return Snapshot{
		ID:         sent.GetSnapshotId(),
		Revision:   sent.GetRevision(),
		KeyCount:   sent.GetKeyCount(),
		SizeBytes:  sent.GetSizeBytes(),
		SHA256:     sent.GetSha256(),
		CreateTime: toTime(sent.GetCreateTime()),
	}
}
