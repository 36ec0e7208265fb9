//! Where a follower is in the history of a store.

use std::time::SystemTime;

use crate::{proto, time};

/// Where a follower begins.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum StartPosition {
    /// From now on.
    #[default]
    Now,
    /// From this revision on, it included; 1 or more.
    Revision(i64),
    /// After what the message with this resume token covers.
    After(String),
    /// With the entries that there are, at one revision, and then with all that comes after it. Of expirations it is
    /// refused.
    CurrentState,
}

impl StartPosition {
    pub(crate) fn into_proto(self) -> proto::StartPosition {
        use proto::start_position::Position;
        let position = match self {
            Self::Now => Position::Now(true),
            Self::Revision(revision) => Position::Revision(revision),
            Self::After(token) => Position::ResumeToken(token),
            Self::CurrentState => Position::CurrentState(true),
        };
        proto::StartPosition {
            position: Some(position),
        }
    }
}

/// A mark in a stream: everything up to it was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Every event at this revision or an earlier one came before this mark.
    pub revision: i64,
    /// Every event that was durable before then came before this mark: the store's time when it was made, or an earlier
    /// one while the watch is behind.
    pub time: Option<SystemTime>,
}

impl From<proto::Progress> for Progress {
    fn from(progress: proto::Progress) -> Self {
        Self {
            revision: progress.revision,
            time: time::to_system_time(progress.time),
        }
    }
}
