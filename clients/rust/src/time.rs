//! Instants and durations of the language and of the wire.

use std::time::{Duration, SystemTime};

pub(crate) fn to_timestamp(time: SystemTime) -> prost_types::Timestamp {
    time.into()
}

/// None where there is none, and where it is further away than this system can say.
pub(crate) fn to_system_time(time: Option<prost_types::Timestamp>) -> Option<SystemTime> {
    time?.try_into().ok()
}

/// What is longer than the wire can say becomes the longest, which the server refuses by name.
pub(crate) fn to_wire_duration(duration: Duration) -> prost_types::Duration {
    duration.try_into().unwrap_or(prost_types::Duration {
        seconds: i64::MAX,
        nanos: 0,
    })
}

/// Zero where there is none, or a negative one.
pub(crate) fn to_duration(duration: Option<prost_types::Duration>) -> Duration {
    duration
        .and_then(|duration| duration.try_into().ok())
        .unwrap_or_default()
}
