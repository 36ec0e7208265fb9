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
