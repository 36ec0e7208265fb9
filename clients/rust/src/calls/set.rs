//! Setting a key to a value.

use std::time::{Duration, SystemTime};

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options, request_id_option};
use crate::condition::precondition_options;
use crate::{Client, Entry, Error, Expiration, Precondition, Value, proto, time};

/// What a set does, by itself or as a step of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) value: Value,
    pub(crate) expiration: Expiration,
    pub(crate) return_previous: bool,
}

impl Change {
    pub(crate) fn new(key: String, value: Value) -> Self {
        Self {
            key,
            value,
            expiration: Expiration::Never,
            return_previous: false,
        }
    }

    pub(crate) fn into_proto(self) -> proto::SetRequest {
        proto::SetRequest {
            key: self.key,
            value: self.value.bytes,
            content_type: self.value.content_type,
            expiration: self.expiration.of_set(),
            return_previous: self.return_previous,
            ..Default::default()
        }
    }
}

impl Client {
    /// Sets a key to a value, whether or not the key exists. Without an expiration, one that the key had is cleared.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad key, value or expiration; the error of the precondition, if it has one that does not
    /// hold; `NO_SPACE` and `QUOTA` where the server has no room.
    pub fn set(&self, key: impl Into<String>, value: impl Into<Value>) -> Set {
        Set::new(self, key.into(), Ok(value.into()))
    }
}

/// A set, made when it is awaited: [`Client::set`].
#[derive(Clone, Debug)]
#[must_use = "nothing is set before this is awaited"]
pub struct Set {
    client: Client,
    change: Result<Change, Error>,
    precondition: Option<Precondition>,
    request_id: Option<String>,
    options: CallOptions,
}

impl Set {
    /// A value that could not be encoded is told when the call is awaited.
    pub(crate) fn new(client: &Client, key: String, value: Result<Value, Error>) -> Self {
        Self {
            client: client.clone(),
            change: value.map(|value| Change::new(key, value)),
            precondition: None,
            request_id: None,
            options: CallOptions::default(),
        }
    }

    /// The key expires so long after the commit; more than zero.
    pub fn ttl(self, ttl: Duration) -> Self {
        self.expires(ttl)
    }

    /// The key expires at this moment.
    pub fn expire_time(self, time: SystemTime) -> Self {
        self.expires(time)
    }

    /// The key keeps the deadline that it has.
    pub fn keep_expiration(self) -> Self {
        self.expires(Expiration::Keep)
    }

    /// When the key expires; the last one said counts.
    pub fn expires(self, expiration: impl Into<Expiration>) -> Self {
        let expiration = expiration.into();
        self.changed(|change| change.expiration = expiration)
    }

    /// What the value is, such as `application/json`, instead of what its codec said: at most 255 bytes.
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        let content_type = content_type.into();
        self.changed(|change| change.value.content_type = content_type)
    }

    /// Answer with the entry that is replaced.
    pub fn return_previous(self) -> Self {
        self.changed(|change| change.return_previous = true)
    }

    precondition_options!();
    request_id_option!();
    call_options!();

    fn changed(mut self, how: impl FnOnce(&mut Change)) -> Self {
        if let Ok(change) = &mut self.change {
            how(change);
        }
        self
    }
}

impl IntoFuture for Set {
    type Output = Result<SetResponse, Error>;
    type IntoFuture = CallFuture<SetResponse>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::SetRequest {
                precondition: self.precondition.map(Precondition::into_proto),
                request_id: self.client.request_id(self.request_id, &self.options),
                ..self.change?.into_proto()
            };
            let send = |mut to: crate::connection::Connection, request| async move {
                to.store.set(request).await.map(Response::into_inner)
            };
            let answer = self.client.call(self.options, request, send).await?;
            Ok(answer.into())
        })
    }
}

/// What a set answers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SetResponse {
    /// The revision of this change.
    pub revision: i64,
    /// When the key expires. None: never.
    pub expire_time: Option<SystemTime>,
    /// The entry that was replaced. None: it was not asked for, or there was no such key.
    pub previous: Option<Entry>,
    /// The same call was made before with the same request id, and did nothing now.
    pub replayed: bool,
}

impl From<proto::SetResponse> for SetResponse {
    fn from(answer: proto::SetResponse) -> Self {
        Self {
            revision: answer.revision,
            expire_time: time::to_system_time(answer.expire_time),
            previous: answer.previous.map(Entry::from),
            replayed: answer.replayed,
        }
    }
}
