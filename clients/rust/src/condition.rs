//! What must be so for a write to be done.

use bytes::Bytes;

use crate::proto;

/// What must be so for a key to be changed. It is checked in the same step that makes the change.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Precondition {
    /// The key exists. Otherwise `KEY_ABSENT`.
    Present,
    /// The key does not exist. Otherwise `KEY_EXISTS`.
    Absent,
    /// The key's last change was at this revision; 0: the key is absent. Otherwise `PRECONDITION_FAILED`.
    Revision(i64),
    /// The key has this value, byte for byte. Otherwise `PRECONDITION_FAILED`.
    Value(Bytes),
}

impl Precondition {
    pub(crate) fn into_proto(self) -> proto::Precondition {
        use proto::precondition::Condition;
        let condition = match self {
            Self::Present => Condition::Exists(true),
            Self::Absent => Condition::Exists(false),
            Self::Revision(revision) => Condition::Revision(revision),
            Self::Value(value) => Condition::Value(value),
        };
        proto::Precondition {
            condition: Some(condition),
        }
    }
}

/// What a transaction asks of one key before it does one thing or another.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct Condition {
    key: String,
    holds: Precondition,
}

impl Condition {
    /// That this holds for the key.
    pub fn new(key: impl Into<String>, holds: Precondition) -> Self {
        let key = key.into();
        Self { key, holds }
    }

    /// That the key exists.
    pub fn present(key: impl Into<String>) -> Self {
        Self::new(key, Precondition::Present)
    }

    /// That the key does not exist.
    pub fn absent(key: impl Into<String>) -> Self {
        Self::new(key, Precondition::Absent)
    }

    /// That the key's last change was at this revision; 0: that the key is absent.
    pub fn revision(key: impl Into<String>, revision: i64) -> Self {
        Self::new(key, Precondition::Revision(revision))
    }

    /// That the key has this value, byte for byte.
    pub fn value(key: impl Into<String>, value: impl Into<crate::Value>) -> Self {
        Self::new(key, Precondition::Value(value.into().bytes))
    }

    pub(crate) fn into_proto(self) -> proto::Condition {
        use proto::condition::Check;
        let check = match self.holds {
            Precondition::Present => Check::Exists(true),
            Precondition::Absent => Check::Exists(false),
            Precondition::Revision(revision) => Check::Revision(revision),
            Precondition::Value(value) => Check::Value(value),
        };
        proto::Condition {
            key: self.key,
            check: Some(check),
        }
    }
}

/// The preconditions of a builder whose field `precondition` they are in.
macro_rules! precondition_options {
    () => {
        /// Do it only if this holds; the last one said counts.
        pub fn only_if(mut self, holds: crate::Precondition) -> Self {
            self.precondition = Some(holds);
            self
        }

        /// Do it only if the key exists. Otherwise it fails with `KEY_ABSENT`.
        pub fn if_present(self) -> Self {
            self.only_if(crate::Precondition::Present)
        }

        /// Do it only if the key does not exist. Otherwise it fails with `KEY_EXISTS`.
        pub fn if_absent(self) -> Self {
            self.only_if(crate::Precondition::Absent)
        }

        /// Do it only if the key's last change was at this revision; 0: if the key is absent. Otherwise it fails
        /// with `PRECONDITION_FAILED`.
        pub fn if_revision(self, revision: i64) -> Self {
            self.only_if(crate::Precondition::Revision(revision))
        }

        /// Do it only if the key has this value, byte for byte. Otherwise it fails with `PRECONDITION_FAILED`.
        pub fn if_value(self, value: impl Into<crate::Value>) -> Self {
            self.only_if(crate::Precondition::Value(value.into().bytes))
        }
    };
}

pub(crate) use precondition_options;
