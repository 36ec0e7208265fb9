//! How the store is.

use std::time::{Duration, SystemTime};

use crate::{proto, time};

/// How the store is. Counts of events are since the start of the server's process.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// The version of the server's program, such as `0.1.0`.
    pub version: String,
    /// Names the store. It stays the same for as long as the data directory lives.
    pub store_id: String,
    /// Names the history that revisions and tokens belong to. A restore begins a new one.
    pub history_id: String,
    /// The revision of the newest committed transaction. 0: nothing was ever written.
    pub revision: i64,
    /// The oldest revision that a follower can start from.
    pub oldest_retained_revision: i64,
    /// How many keys there are.
    pub key_count: i64,
    /// How many transactions were committed.
    pub transaction_count: i64,
    /// How many times the log was synced.
    pub sync_count: i64,
    /// Size of the records that are current, in bytes.
    pub live_bytes: i64,
    /// Size of the segments, in bytes.
    pub disk_bytes: i64,
    /// How many segments the log has.
    pub segment_count: i64,
    /// Memory of the directory of keys, in bytes.
    pub keydir_bytes: i64,
    /// Memory of the cache of values, in bytes.
    pub cache_bytes: i64,
    /// The revision of the oldest view that is held for a reader. 0: there is none.
    pub oldest_view_revision: i64,
    /// How long that view has been held.
    pub oldest_view_age: Duration,
    /// When the next key expires. None: no key expires.
    pub next_expire_time: Option<SystemTime>,
    /// How many keys are past their deadline and still wait for their expiration to be recorded.
    pub overdue_count: i64,
    /// The store's own time, which never goes back.
    pub logical_time: Option<SystemTime>,
    /// When the server's process opened the store.
    pub start_time: Option<SystemTime>,
    /// How many followers are connected.
    pub follower_count: i64,
    /// What is wrong. Empty: nothing.
    pub alarms: Vec<Alarm>,
    /// The order of keys, in which listings and intervals are.
    pub key_order: KeyOrder,
    /// The codec for values that come now.
    pub compression: Compression,
    /// The revision of the newest checkpoint. 0: there is none.
    pub checkpoint_revision: i64,
    /// When that checkpoint was written.
    pub checkpoint_time: Option<SystemTime>,
    /// How large its file is, in bytes.
    pub checkpoint_bytes: i64,
    /// How many versions of each key are kept, the newest included.
    pub history_versions: i64,
    /// How many versions there are beside the newest of each key, tombstones included.
    pub older_version_count: i64,
    /// When all data was last verified in the background, and how far that is now.
    pub scrub: Scrub,
    /// Each method of the services that was ever called, by name.
    pub methods: Vec<MethodStatus>,
    /// How long a sync of the log took, from the write before it, or from the change to a new segment where it made
    /// one, to when the server knew that it had ended. None: there was none lately.
    pub sync_latency: Option<Latency>,
}

/// The verification of all data in the background.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Scrub {
    /// When the one under way began, or when the next one is to begin. None: none is made.
    pub start_time: Option<SystemTime>,
    /// How much it has verified so far, in bytes.
    pub done_bytes: i64,
    /// How much there is, in bytes.
    pub total_bytes: i64,
    /// In how many files it has found damage so far.
    pub finding_count: i64,
    /// When the last one that came to its end began. None: none has yet.
    pub last_start_time: Option<SystemTime>,
    /// When it came to its end. None: none has yet.
    pub last_end_time: Option<SystemTime>,
    /// How much it read, in bytes.
    pub last_bytes: i64,
    /// In how many files it found damage.
    pub last_finding_count: i64,
}

/// How often a method was called since the start of the server's process, and how long its calls took lately.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct MethodStatus {
    /// Its name, such as `Set`.
    pub method: String,
    /// How many calls were begun, streams included: of which a request was there, whole and no longer than it may be.
    pub call_count: i64,
    /// How many of those ended with a status that is no success, those left aside that their callers cancelled.
    pub error_count: i64,
    /// How many calls were refused instead of begun, because more came than could be served (`RESOURCE_EXHAUSTED`).
    pub refused_count: i64,
    /// From when a request was there, whole, to when its answer was given to the connection: of calls of one reply,
    /// those that failed included, and of the requests of pipelines. None: there was none lately, or the method's
    /// replies are a stream of another kind, which lasts as long as its caller wants.
    pub latency: Option<Latency>,
    /// How many operations were answered in pipelines, gets included; 0 of other methods.
    pub operation_count: i64,
    /// How many of those were answered with an error, which is none of the call.
    pub operation_error_count: i64,
}

/// How long those took that ended lately: in a window of one to two minutes. A quantile is never too short, and at most
/// a sixteenth and a microsecond too long; past 71 minutes only the longest is known.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Latency {
    /// How long the window is that ends now. Shorter than a minute: the server started in it.
    pub window: Duration,
    /// How many ended in it.
    pub count: i64,
    /// Half of them took no longer.
    pub p50: Duration,
    /// 99 of a hundred took no longer.
    pub p99: Duration,
    /// 999 of a thousand took no longer.
    pub p999: Duration,
    /// The one that took longest, exact.
    pub max: Duration,
}

/// Something that an operator must know until it is over.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Alarm {
    /// What it is.
    pub kind: AlarmKind,
    /// The same in words, with names and numbers.
    pub message: String,
    /// Since when.
    pub start_time: Option<SystemTime>,
}

/// An enum of the schema: the same names, and one for what this version does not know.
macro_rules! known {
    ($(#[$about:meta])* $name:ident { $($variant:ident $meaning:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $meaning] $variant,)*
            /// One that this version of the client does not know.
            Unknown,
        }

        impl From<i32> for $name {
            fn from(number: i32) -> Self {
                match proto::$name::try_from(number) {
                    $(Ok(proto::$name::$variant) => Self::$variant,)*
                    Ok(proto::$name::Unspecified) | Err(_) => Self::Unknown,
                }
            }
        }
    };
}

known! {
    /// What is wrong with the store.
    AlarmKind {
        NoSpace "The disk is full: writes are refused, reads go on.",
        ClockAhead "The machine's clock is further ahead than is believed.",
        Corrupt "A damaged record was met.",
        CompactionFailed "The last compaction failed, or left segments alone.",
        Quota "The memory for keys is used up: new keys are refused, everything else goes on.",
    }
}

known! {
    /// The order of a store's keys. What is compared is UTF-8.
    KeyOrder {
        Bytes "By their bytes.",
        Reverse "By their bytes, the last first.",
        Natural "A run of digits counts as a number, so that `a2` comes before `a10`.",
        CaseInsensitive "As if A to Z were a to z; those that are the same then, by their bytes.",
    }
}

known! {
    /// How the values that come now are stored, where that makes them smaller.
    Compression {
        None "As they are.",
        Zstd "Compressed with zstd.",
        Lz4 "Compressed with LZ4.",
    }
}

impl From<proto::GetStatusResponse> for Status {
    fn from(status: proto::GetStatusResponse) -> Self {
        Self {
            version: status.version,
            store_id: status.store_id,
            history_id: status.history_id,
            revision: status.revision,
            oldest_retained_revision: status.oldest_retained_revision,
            key_count: status.key_count,
            transaction_count: status.transaction_count,
            sync_count: status.sync_count,
            live_bytes: status.live_bytes,
            disk_bytes: status.disk_bytes,
            segment_count: status.segment_count,
            keydir_bytes: status.keydir_bytes,
            cache_bytes: status.cache_bytes,
            oldest_view_revision: status.oldest_view_revision,
            oldest_view_age: time::to_duration(status.oldest_view_age),
            next_expire_time: time::to_system_time(status.next_expire_time),
            overdue_count: status.overdue_count,
            logical_time: time::to_system_time(status.logical_time),
            start_time: time::to_system_time(status.start_time),
            follower_count: status.follower_count,
            alarms: status.alarms.into_iter().map(Alarm::from).collect(),
            key_order: status.key_order.into(),
            compression: status.compression.into(),
            checkpoint_revision: status.checkpoint_revision,
            checkpoint_time: time::to_system_time(status.checkpoint_time),
            checkpoint_bytes: status.checkpoint_bytes,
            history_versions: status.history_versions,
            older_version_count: status.older_version_count,
            scrub: status.scrub.map(Scrub::from).unwrap_or_default(),
            methods: status.methods.into_iter().map(MethodStatus::from).collect(),
            sync_latency: status.sync_latency.map(Latency::from),
        }
    }
}

impl From<proto::Alarm> for Alarm {
    fn from(alarm: proto::Alarm) -> Self {
        Self {
            kind: alarm.kind.into(),
            message: alarm.message,
            start_time: time::to_system_time(alarm.start_time),
        }
    }
}

impl From<proto::ScrubStatus> for Scrub {
    fn from(scrub: proto::ScrubStatus) -> Self {
        Self {
            start_time: time::to_system_time(scrub.start_time),
            done_bytes: scrub.done_bytes,
            total_bytes: scrub.total_bytes,
            finding_count: scrub.finding_count,
            last_start_time: time::to_system_time(scrub.last_start_time),
            last_end_time: time::to_system_time(scrub.last_end_time),
            last_bytes: scrub.last_bytes,
            last_finding_count: scrub.last_finding_count,
        }
    }
}

impl From<proto::MethodStatus> for MethodStatus {
    fn from(status: proto::MethodStatus) -> Self {
        Self {
            method: status.method,
            call_count: status.call_count,
            error_count: status.error_count,
            refused_count: status.refused_count,
            latency: status.latency.map(Latency::from),
            operation_count: status.operation_count,
            operation_error_count: status.operation_error_count,
        }
    }
}

impl From<proto::Latency> for Latency {
    fn from(latency: proto::Latency) -> Self {
        Self {
            window: time::to_duration(latency.window),
            count: latency.count,
            p50: time::to_duration(latency.p50),
            p99: time::to_duration(latency.p99),
            p999: time::to_duration(latency.p999),
            max: time::to_duration(latency.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Latency, MethodStatus, Status};
    use crate::proto;

    fn wire(seconds: i64, nanos: i32) -> prost_types::Duration {
        prost_types::Duration { seconds, nanos }
    }

    #[test]
    fn how_long_calls_and_syncs_took_is_told_in_full() {
        let set = proto::MethodStatus {
            method: "Set".into(),
            call_count: 9,
            error_count: 3,
            refused_count: 2,
            latency: Some(proto::Latency {
                window: Some(wire(61, 0)),
                count: 6,
                p50: Some(wire(0, 101_000)),
                p99: Some(wire(0, 1_202_000)),
                p999: Some(wire(1, 303_000)),
                max: Some(wire(1, 404_000)),
            }),
            operation_count: 11,
            operation_error_count: 12,
        };
        let watch = proto::MethodStatus {
            method: "Watch".into(),
            call_count: 5,
            error_count: 4,
            refused_count: 1,
            latency: None,
            operation_count: 0,
            operation_error_count: 0,
        };
        let status = Status::from(proto::GetStatusResponse {
            methods: vec![set, watch],
            sync_latency: Some(proto::Latency {
                window: Some(wire(62, 0)),
                count: 7,
                p50: Some(wire(0, 505_000)),
                p99: Some(wire(0, 1_606_000)),
                p999: Some(wire(2, 707_000)),
                max: Some(wire(2, 808_009)),
            }),
            ..Default::default()
        });
        let set = MethodStatus {
            method: "Set".into(),
            call_count: 9,
            error_count: 3,
            refused_count: 2,
            latency: Some(Latency {
                window: Duration::from_secs(61),
                count: 6,
                p50: Duration::from_micros(101),
                p99: Duration::from_micros(1_202),
                p999: Duration::from_micros(1_000_303),
                max: Duration::from_micros(1_000_404),
            }),
            operation_count: 11,
            operation_error_count: 12,
        };
        let watch = MethodStatus {
            method: "Watch".into(),
            call_count: 5,
            error_count: 4,
            refused_count: 1,
            latency: None,
            operation_count: 0,
            operation_error_count: 0,
        };
        assert_eq!(status.methods, [set, watch]);
        let syncs = Latency {
            window: Duration::from_secs(62),
            count: 7,
            p50: Duration::from_micros(505),
            p99: Duration::from_micros(1_606),
            p999: Duration::from_micros(2_000_707),
            max: Duration::from_nanos(2_000_808_009),
        };
        assert_eq!(status.sync_latency, Some(syncs));
    }

    #[test]
    fn a_server_that_was_not_called_tells_no_latency() {
        let status = Status::from(proto::GetStatusResponse::default());
        assert_eq!(status.methods, []);
        assert_eq!(status.sync_latency, None);
    }
}
