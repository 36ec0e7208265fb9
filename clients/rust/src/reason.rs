//! Why a call failed, in words that a program can act on.

use std::fmt;

macro_rules! reasons {
    ($($variant:ident $name:literal $meaning:literal,)*) => {
        /// Why something failed.
        ///
        /// The set is open: a reason that this version does not know is kept as [`Reason::Unknown`].
        #[derive(Clone, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $meaning] $variant,)*
            /// A reason that came after this version of the client.
            Unknown(Box<str>),
        }

        impl Reason {
            /// Its name, such as `KEY_EXISTS`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown(name) => name,
                }
            }
        }

        impl From<&str> for Reason {
            fn from(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)*
                    other => Self::Unknown(other.into()),
                }
            }
        }
    };
}

reasons! {
    InvalidField "INVALID_FIELD" "A key, a size, a TTL, a token, a pattern or a filter is not as it must be; [`Error::field`](crate::Error::field) names it.",
    PreconditionFailed "PRECONDITION_FAILED" "The revision or the value was another; [`Error::revision`](crate::Error::revision) tells the current one, 0 where the key is absent.",
    KeyExists "KEY_EXISTS" "The key was not to exist, and does.",
    KeyAbsent "KEY_ABSENT" "The key was to exist, and does not.",
    RevisionCompacted "REVISION_COMPACTED" "What was asked for is older than what is kept; [`Error::oldest_revision`](crate::Error::oldest_revision) tells what is.",
    HistoryChanged "HISTORY_CHANGED" "The token is of another history: the store was restored since.",
    RequestIdReused "REQUEST_ID_REUSED" "The request id was that of another call.",
    Overflow "OVERFLOW" "The sum does not fit into 64 bits.",
    NoSpace "NO_SPACE" "The server's disk is full.",
    Quota "QUOTA" "The server's memory for keys is full.",
    Overloaded "OVERLOADED" "The server has too much to do; [`Error::retry_after`](crate::Error::retry_after) says when to try again.",
    SlowFollower "SLOW_FOLLOWER" "The reader did not keep up, and was cut off.",
    Corrupt "CORRUPT" "A record is damaged on disk.",
    Starting "STARTING" "The server is still reading its store.",
    Draining "DRAINING" "The server is about to stop.",
    StorageFailed "STORAGE_FAILED" "The server's disk failed; a write may have been applied.",
    DeadlineExceeded "DEADLINE_EXCEEDED" "No answer came in time; a write may have been applied.",
    Cancelled "CANCELLED" "The call was cancelled; a write may have been applied.",
    Unreachable "UNREACHABLE" "No server answered; a write that was sent may have been applied.",
    Closed "CLOSED" "This client was closed.",
    EncodeFailed "ENCODE_FAILED" "A codec could not encode the value.",
    DecodeFailed "DECODE_FAILED" "A value is not of the codec's content type, or does not decode.",
    Other "OTHER" "The server gave no reason; the status is all there is.",
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
