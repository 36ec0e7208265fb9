//! The keys that a call speaks of.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use crate::proto;

/// Some of the keys of a store: those with a prefix, in an interval, that match a glob, or all.
///
/// Ranges of Rust are intervals, in the store's order of keys, and `..` is everything:
///
/// ```
/// # use keyvaluedb_client::KeyRange;
/// assert_eq!(KeyRange::from("a".."c"), KeyRange::interval("a", "c"));
/// assert_eq!(KeyRange::from("a"..), KeyRange::interval("a", ""));
/// assert_eq!(KeyRange::from(..), KeyRange::All);
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
#[must_use]
pub enum KeyRange {
    /// Every key.
    #[default]
    All,
    /// Every key that begins with this.
    Prefix(String),
    /// Every key from `start` to before `end`; an empty one leaves that side open.
    Interval {
        /// The first key that belongs, if it exists.
        start: String,
        /// The first key that does not belong.
        end: String,
    },
    /// Every key that the whole pattern matches: `*` stands for any characters, `/` and none included; `?` for one;
    /// `[a-c]` for one of these, `[^a]` for one but these; `\` takes the meaning from the next character.
    Glob(String),
}

impl KeyRange {
    /// Every key that begins with this.
    pub fn prefix(prefix: impl Into<String>) -> Self {
        Self::Prefix(prefix.into())
    }

    /// Every key from `start` to before `end`; an empty one leaves that side open.
    pub fn interval(start: impl Into<String>, end: impl Into<String>) -> Self {
        let (start, end) = (start.into(), end.into());
        Self::Interval { start, end }
    }

    /// Every key that the whole pattern matches; see [`KeyRange::Glob`].
    pub fn glob(pattern: impl Into<String>) -> Self {
        Self::Glob(pattern.into())
    }

    pub(crate) fn into_proto(self) -> proto::KeyRange {
        use proto::key_range::Range;
        let range = match self {
            Self::All => None,
            Self::Prefix(prefix) => Some(Range::Prefix(prefix)),
            Self::Interval { start, end } => {
                Some(Range::Interval(proto::KeyInterval { start, end }))
            }
            Self::Glob(pattern) => Some(Range::Glob(pattern)),
        };
        proto::KeyRange { range }
    }
}

impl<S: Into<String>> From<Range<S>> for KeyRange {
    fn from(range: Range<S>) -> Self {
        Self::interval(range.start, range.end)
    }
}

impl<S: Into<String>> From<RangeFrom<S>> for KeyRange {
    fn from(range: RangeFrom<S>) -> Self {
        Self::interval(range.start, "")
    }
}

impl<S: Into<String>> From<RangeTo<S>> for KeyRange {
    fn from(range: RangeTo<S>) -> Self {
        Self::interval("", range.end)
    }
}

impl From<RangeFull> for KeyRange {
    fn from(_: RangeFull) -> Self {
        Self::All
    }
}
