//! One error for everything that can go wrong.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::{Code, Reason};

/// An error of any kind, boxed: what a codec may fail with.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed.
///
/// ```
/// # use keyvaluedb_client::{Client, Error, Reason};
/// # async fn lock(client: &Client) -> Result<bool, Error> {
/// match client.set("lock/7", "me").if_absent().await {
///     Ok(_) => Ok(true),
///     Err(error) if *error.reason() == Reason::KeyExists => Ok(false),
///     Err(error) => Err(error),
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
pub(crate) struct Inner {
    pub(crate) reason: Reason,
    pub(crate) code: Code,
    pub(crate) message: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self(Box::new(inner))
    }

    pub(crate) fn new(reason: Reason, code: Code, message: impl Into<String>) -> Self {
        Self::from_inner(Inner {
            reason,
            code,
            message: message.into(),
            metadata: BTreeMap::new(),
            retry_after: None,
            source: None,
        })
    }

    pub(crate) fn with_source(mut self, source: BoxError) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.metadata.insert(name.into(), value.into());
        self
    }

    /// Something that the caller gave is not as it must be.
    pub(crate) fn invalid_field(field: &str, problem: impl fmt::Display) -> Self {
        let message = format!("{field}: {problem}");
        Self::new(Reason::InvalidField, Code::InvalidArgument, message).with("field", field)
    }

    pub(crate) fn closed() -> Self {
        Self::new(
            Reason::Closed,
            Code::Cancelled,
            "this client was closed; make another",
        )
    }

    pub(crate) fn deadline_exceeded() -> Self {
        Self::new(
            Reason::DeadlineExceeded,
            Code::DeadlineExceeded,
            "no answer came in time",
        )
    }

    pub(crate) fn unreachable(problem: impl Into<String>) -> Self {
        Self::new(Reason::Unreachable, Code::Unavailable, problem)
    }

    /// Why, in a word that a program can act on.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.0.reason
    }

    /// The status of gRPC.
    #[must_use]
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Why, in a sentence for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What the server says beside, by name: `field`, `key`, `revision`, `oldest_revision`, `segment`, `offset`,
    /// `resume_token`.
    #[must_use]
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.0.metadata
    }

    /// After how long to try again, if the server said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The field of the call that is wrong, such as `key` or `then[2].set.value`.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.text("field")
    }

    /// The key that it is about.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.text("key")
    }

    /// Where a precondition failed: the revision of the key's last change, 0 if the key is absent.
    #[must_use]
    pub fn revision(&self) -> Option<i64> {
        self.text("revision")?.parse().ok()
    }

    /// The oldest revision that is kept, where an older one was asked for.
    #[must_use]
    pub fn oldest_revision(&self) -> Option<i64> {
        self.text("oldest_revision")?.parse().ok()
    }

    /// From where a follower that was cut off goes on.
    #[must_use]
    pub fn resume_token(&self) -> Option<&str> {
        self.text("resume_token")
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.metadata.get(name).map(String::as_str)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.0.reason, self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("reason", &self.0.reason)
            .field("code", &self.0.code)
            .field("message", &self.0.message)
            .field("metadata", &self.0.metadata)
            .field("retry_after", &self.0.retry_after)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.0.source.as_ref()?;
        Some(source.as_ref())
    }
}
