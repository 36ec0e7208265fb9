//! Following what expires.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tonic::{Request, Response, Status, Streaming};

use super::follow::{Followed, Follower, Reply, Told};
use super::{Progress, StartPosition};
use crate::call::after;
use crate::connection::Connection;
use crate::result_stream::ResultStream;
use crate::{Client, KeyRange, proto, time};

impl Client {
    /// Follows every expiration in a range, in order, once it is durable; at least once. It goes on by itself as
    /// [`watch`](Client::watch) does.
    ///
    /// ```
    /// # use keyvaluedb_client::{Client, Error, KeyRange};
    /// # async fn example(client: &Client, token: String) -> Result<(), Error> {
    /// let mut messages = client
    ///     .watch_expirations(KeyRange::prefix("session/"))
    ///     .resume(token)
    ///     .include_value()
    ///     .stream();
    /// while let Some(message) = messages.try_next().await? {
    ///     for expired in message.expirations {
    ///         println!("{} is over since {:?}", expired.key, expired.expire_time);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_expirations(&self, range: impl Into<KeyRange>) -> WatchExpirations {
        WatchExpirations {
            client: self.clone(),
            request: proto::WatchExpirationsRequest {
                range: Some(range.into().into_proto()),
                ..Default::default()
            },
            start: StartPosition::default(),
            deadline: None,
        }
    }
}

/// A watch of expirations: [`Client::watch_expirations`].
#[derive(Clone, Debug)]
#[must_use = "nothing is followed before its stream is read"]
pub struct WatchExpirations {
    client: Client,
    request: proto::WatchExpirationsRequest,
    start: StartPosition,
    deadline: Option<Duration>,
}

impl WatchExpirations {
    /// Where to begin; now, if nothing is said.
    pub fn start(mut self, start: StartPosition) -> Self {
        self.start = start;
        self
    }

    /// Begin at this revision, it included; 1 or more.
    pub fn from_revision(self, revision: i64) -> Self {
        self.start(StartPosition::Revision(revision))
    }

    /// Go on after the message that had this token.
    pub fn resume(self, token: impl Into<String>) -> Self {
        self.start(StartPosition::After(token.into()))
    }

    /// Tell the values that the keys had.
    pub fn include_value(mut self) -> Self {
        self.request.include_value = true;
        self
    }

    /// How long the stream may be silent before a mark of progress comes: 10 ms to a day; 10 s unless the server is
    /// configured otherwise.
    pub fn progress_interval(mut self, interval: Duration) -> Self {
        self.request.progress_interval = Some(time::to_wire_duration(interval));
        self
    }

    /// How long to follow; without it, for ever. It ends with `DEADLINE_EXCEEDED`.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The messages.
    pub fn stream(self) -> ResultStream<ExpirationMessage> {
        let deadline = self.deadline.map(after);
        ResultStream::of(Follower::new(
            self.client,
            self.request,
            self.start,
            deadline,
        ))
    }
}

impl Followed for proto::WatchExpirationsRequest {
    type Reply = proto::WatchExpirationsResponse;
    type Message = ExpirationMessage;

    async fn open(
        &self,
        mut to: Connection,
        start: proto::StartPosition,
    ) -> Result<Streaming<proto::WatchExpirationsResponse>, Status> {
        let start = Some(start);
        let request = Self {
            start,
            ..self.clone()
        };
        let answer = to.store.watch_expirations(Request::new(request)).await;
        answer.map(Response::into_inner)
    }

    fn message(reply: proto::WatchExpirationsResponse, _: Told) -> ExpirationMessage {
        let expirations = reply.expirations.into_iter();
        ExpirationMessage {
            expirations: expirations.map(Expired::from).collect(),
            resume_token: reply.resume_token,
            progress: reply.progress.map(Progress::from),
        }
    }
}

impl Reply for proto::WatchExpirationsResponse {
    fn resume_token(&self) -> &str {
        &self.resume_token
    }

    /// There is no current state of expirations: none of these streams begins with it.
    fn has_progress(&self) -> bool {
        true
    }

    fn is_synced(&self) -> bool {
        false
    }
}

/// One message of a watch of expirations: expirations, or a mark of progress.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ExpirationMessage {
    /// What expired, in the order in which it was committed.
    pub expirations: Vec<Expired>,
    /// From where a follower that has dealt with this message goes on.
    pub resume_token: String,
    /// Everything up to there was told.
    pub progress: Option<Progress>,
}

/// Why the store ended a key by itself.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ExpirationCause {
    /// The deadline passed while the server was running.
    Deadline,
    /// The deadline passed while the server was down; it was noticed at the next start.
    DeadlineWhileDown,
    /// A cause that this version of the client does not know.
    Unknown,
}

impl From<i32> for ExpirationCause {
    fn from(number: i32) -> Self {
        match proto::ExpirationCause::try_from(number) {
            Ok(proto::ExpirationCause::Deadline) => Self::Deadline,
            Ok(proto::ExpirationCause::DeadlineWhileDown) => Self::DeadlineWhileDown,
            Ok(proto::ExpirationCause::Unspecified) | Err(_) => Self::Unknown,
        }
    }
}

/// A key that expired. `(revision, index)` identifies it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Expired {
    /// The revision of the transaction that ended the key.
    pub revision: i64,
    /// The place within that transaction, from 0.
    pub index: i32,
    /// The key that is gone.
    pub key: String,
    /// The value that it had. None unless it was asked for, and where `value_omitted` says so.
    pub value: Option<Bytes>,
    /// The size of the value that it had, in bytes, whether or not it is here.
    pub value_size: i64,
    /// The deadline that passed.
    pub expire_time: Option<SystemTime>,
    /// When the store committed it: never before the deadline.
    pub commit_time: Option<SystemTime>,
    /// Why it expired.
    pub cause: ExpirationCause,
    /// The content type that the value had.
    pub content_type: String,
    /// The value was asked for, but is not here: it was too large, or damaged.
    pub value_omitted: bool,
}

impl From<proto::Expiration> for Expired {
    fn from(expired: proto::Expiration) -> Self {
        // The wire does not tell a value that was not sent from an empty one; the size does.
        let size = i64::try_from(expired.value.len()).unwrap_or(i64::MAX);
        let is_here = size == expired.value_size && !expired.value_omitted;
        Self {
            revision: expired.revision,
            index: expired.index,
            key: expired.key,
            value: is_here.then_some(expired.value),
            value_size: expired.value_size,
            expire_time: time::to_system_time(expired.expire_time),
            commit_time: time::to_system_time(expired.commit_time),
            cause: expired.cause.into(),
            content_type: expired.content_type,
            value_omitted: expired.value_omitted,
        }
    }
}
