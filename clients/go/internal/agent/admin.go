package main

import "github.com/keyvaluedb/keyvaluedb/clients/go"

func status(call call) (any, error) {
	status, err := call.client.Status(call.ctx, retrying(call, []keyvaluedb.PlainOption{})...)
	statusCalls := int64(0)
	for _, each := range status.Methods {
		if each.Method == "GetStatus" {
			statusCalls = each.CallCount
		}
	}
	return map[string]any{
		"revision": status.Revision, "key_count": status.KeyCount, "version": status.Version, "status_calls": statusCalls,
	}, err
}

func snapshot(call call) (any, error) {
	snapshot, err := call.client.Snapshot(call.ctx, retrying(call, []keyvaluedb.PlainOption{})...)
	return toSnapshotReply(snapshot), err
}

func compact(call call) (any, error) {
	compaction, err := call.client.Compact(call.ctx, retrying(call, []keyvaluedb.PlainOption{})...)
	return map[string]any{"segments_after": compaction.SegmentsAfter}, err
}

func listSnapshots(call call) (any, error) {
	snapshots, err := call.client.ListSnapshots(call.ctx, retrying(call, []keyvaluedb.PlainOption{})...)
	answers := make([]snapshotReply, len(snapshots))
	for at, snapshot := range snapshots {
		answers[at] = toSnapshotReply(snapshot)
	}
	return map[string]any{"snapshots": answers}, err
}

func deleteSnapshot(call call) (any, error) {
	deleted, err := call.client.DeleteSnapshot(call.ctx, call.command.SnapshotID, retrying(call, []keyvaluedb.PlainOption{})...)
	return map[string]any{"deleted": deleted}, err
}
