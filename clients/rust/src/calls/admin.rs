//! The calls of whoever runs the store.

use std::fmt;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tonic::{Request, Response};

use crate::call::{CallFuture, CallOptions, call_options};
use crate::connection::Connection;
use crate::{Client, Code, Error, Reason, Status, proto, time};

type Make<T> = fn(Client, CallOptions, String) -> CallFuture<T>;

/// A call about the store as a whole, made when it is awaited.
#[must_use = "nothing is done before this is awaited"]
pub struct AdminCall<T> {
    client: Client,
    options: CallOptions,
    name: String,
    make: Make<T>,
}

impl<T> AdminCall<T> {
    fn new(client: &Client, make: Make<T>) -> Self {
        Self {
            client: client.clone(),
            options: CallOptions::default(),
            name: String::new(),
            make,
        }
    }

    call_options!();
}

impl<T> IntoFuture for AdminCall<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> Self::IntoFuture {
        (self.make)(self.client, self.options, self.name)
    }
}

impl<T> fmt::Debug for AdminCall<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AdminCall")
    }
}

/// Makes one call of one of the two services.
macro_rules! make {
    ($service:ident.$method:ident($request:expr), $client:expr, $options:expr) => {{
        let send = |mut to: Connection, request: Request<_>| async move {
            to.$service.$method(request).await.map(Response::into_inner)
        };
        $client.call($options, $request, send).await
    }};
}

impl Client {
    /// How the store is: its revision, sizes, counts and alarms.
    pub fn status(&self) -> AdminCall<Status> {
        AdminCall::new(self, |client, options, _| {
            Box::pin(async move {
                let request = proto::GetStatusRequest {
                    include_methods: true,
                };
                let answer = make!(admin.get_status(request), client, options)?;
                Ok(answer.into())
            })
        })
    }

    /// Writes a snapshot of all entries at one revision into the server's data directory.
    pub fn snapshot(&self) -> AdminCall<Snapshot> {
        AdminCall::new(self, |client, options, _| {
            Box::pin(async move {
                let request = proto::SnapshotRequest {};
                let answer = make!(store.snapshot(request), client, options)?;
                answer.snapshot.map(Snapshot::from).ok_or_else(|| {
                    Error::new(
                        Reason::Other,
                        Code::Internal,
                        "the server named no snapshot",
                    )
                })
            })
        })
    }

    /// Gives back the disk space of what was overwritten, deleted or expired. It may take longer than other calls.
    pub fn compact(&self) -> AdminCall<CompactResponse> {
        AdminCall::new(self, |client, options, _| {
            Box::pin(async move {
                let request = proto::CompactRequest {};
                let answer = make!(store.compact(request), client, options)?;
                Ok(answer.into())
            })
        })
    }

    /// Lists the snapshots in the server's data directory, the oldest first.
    pub fn list_snapshots(&self) -> AdminCall<Vec<Snapshot>> {
        AdminCall::new(self, |client, options, _| {
            Box::pin(async move {
                let request = proto::ListSnapshotsRequest {};
                let answer = make!(admin.list_snapshots(request), client, options)?;
                Ok(answer.snapshots.into_iter().map(Snapshot::from).collect())
            })
        })
    }

    /// Deletes a snapshot. False: there was none of that name, which is no error.
    pub fn delete_snapshot(&self, snapshot_id: impl Into<String>) -> AdminCall<bool> {
        let mut call = AdminCall::<bool>::new(self, |client, options, snapshot_id| {
            Box::pin(async move {
                let request = proto::DeleteSnapshotRequest { snapshot_id };
                let answer = make!(admin.delete_snapshot(request), client, options)?;
                Ok(answer.deleted)
            })
        });
        call.name = snapshot_id.into();
        call
    }
}

/// A file that holds every entry as it was at one revision, and its own checksum.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Its name.
    pub snapshot_id: String,
    /// The revision whose state it holds.
    pub revision: i64,
    /// How many keys it holds.
    pub key_count: i64,
    /// The size of the file, in bytes.
    pub size_bytes: i64,
    /// SHA-256 of the file without its last 32 bytes, which repeat it.
    pub sha256: Bytes,
    /// When it was made.
    pub create_time: Option<SystemTime>,
}

impl From<proto::Snapshot> for Snapshot {
    fn from(snapshot: proto::Snapshot) -> Self {
        Self {
            snapshot_id: snapshot.snapshot_id,
            revision: snapshot.revision,
            key_count: snapshot.key_count,
            size_bytes: snapshot.size_bytes,
            sha256: snapshot.sha256,
            create_time: time::to_system_time(snapshot.create_time),
        }
    }
}

/// What a compaction answers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CompactResponse {
    /// Size of the segments before, in bytes.
    pub bytes_before: i64,
    /// Size of the segments after, in bytes.
    pub bytes_after: i64,
    /// Number of segments before.
    pub segments_before: i64,
    /// Number of segments after.
    pub segments_after: i64,
    /// Records of values that were dropped because they were superseded.
    pub dropped_sets: i64,
    /// Records of deletions and expirations that were dropped because nothing older is left for them to hide.
    pub dropped_tombstones: i64,
    /// Records of replies that were dropped because their window has passed.
    pub dropped_replies: i64,
    /// Segments that were left alone because a record in them is damaged.
    pub damaged_segments: i64,
    /// How long it took.
    pub duration: Duration,
}

impl From<proto::CompactResponse> for CompactResponse {
    fn from(answer: proto::CompactResponse) -> Self {
        Self {
            bytes_before: answer.bytes_before,
            bytes_after: answer.bytes_after,
            segments_before: answer.segments_before,
            segments_after: answer.segments_after,
            dropped_sets: answer.dropped_sets,
            dropped_tombstones: answer.dropped_tombstones,
            dropped_replies: answer.dropped_replies,
            damaged_segments: answer.damaged_segments,
            duration: time::to_duration(answer.duration),
        }
    }
}
