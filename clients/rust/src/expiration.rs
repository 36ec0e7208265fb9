//! When a key shall expire.

use std::time::{Duration, SystemTime};

use crate::proto::{increment_request, set_request, touch_request};
use crate::time::{to_timestamp, to_wire_duration};

/// When a key shall expire. The server rounds fractions of a millisecond up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Expiration {
    /// So long after the commit; more than zero.
    Ttl(Duration),
    /// At this moment, which must not have passed.
    At(SystemTime),
    /// As it was: of a `set`, the key keeps the deadline that it has.
    Keep,
    /// Never.
    Never,
}

impl Expiration {
    /// A set that says nothing clears the deadline, so never is to say nothing.
    pub(crate) fn of_set(self) -> Option<set_request::Expiration> {
        match self {
            Self::Ttl(ttl) => Some(set_request::Expiration::Ttl(to_wire_duration(ttl))),
            Self::At(time) => Some(set_request::Expiration::ExpireTime(to_timestamp(time))),
            Self::Keep => Some(set_request::Expiration::KeepExpiration(true)),
            Self::Never => None,
        }
    }

    /// It is for a key that the increment makes; where that has none to keep, none is never.
    pub(crate) fn of_increment(self) -> Option<increment_request::Expiration> {
        match self {
            Self::Ttl(ttl) => Some(increment_request::Expiration::Ttl(to_wire_duration(ttl))),
            Self::At(time) => Some(increment_request::Expiration::ExpireTime(to_timestamp(
                time,
            ))),
            Self::Keep => Some(increment_request::Expiration::KeepExpiration(true)),
            Self::Never => None,
        }
    }

    /// A touch that keeps what there is touches nothing: the server refuses it, since it names no expiration.
    pub(crate) fn of_touch(self) -> Option<touch_request::Expiration> {
        match self {
            Self::Ttl(ttl) => Some(touch_request::Expiration::Ttl(to_wire_duration(ttl))),
            Self::At(time) => Some(touch_request::Expiration::ExpireTime(to_timestamp(time))),
            Self::Never => Some(touch_request::Expiration::Persist(true)),
            Self::Keep => None,
        }
    }
}

impl From<Duration> for Expiration {
    fn from(ttl: Duration) -> Self {
        Self::Ttl(ttl)
    }
}

impl From<SystemTime> for Expiration {
    fn from(time: SystemTime) -> Self {
        Self::At(time)
    }
}
