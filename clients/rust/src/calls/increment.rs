//! Adding to a number.

use std::time::{Duration, SystemTime};

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options, request_id_option};
use crate::{Client, Error, Expiration, proto, time};

/// What an increment does, by itself or as a step of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) delta: i64,
    pub(crate) expiration: Expiration,
}

impl Change {
    pub(crate) fn new(key: String, delta: i64) -> Self {
        Self {
            key,
            delta,
            expiration: Expiration::Never,
        }
    }

    pub(crate) fn into_proto(self) -> proto::IncrementRequest {
        proto::IncrementRequest {
            key: self.key,
            delta: self.delta,
            expiration: self.expiration.of_increment(),
            ..Default::default()
        }
    }
}

impl Client {
    /// Adds to the number that a key holds as decimal text, and makes the key where it is absent.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad key or expiration, and where the value is no 64-bit integer; `OVERFLOW` if the sum is
    /// none; `NO_SPACE` and `QUOTA` where the server has no room.
    pub fn increment(&self, key: impl Into<String>, delta: i64) -> Increment {
        Increment {
            client: self.clone(),
            change: Change::new(key.into(), delta),
            request_id: None,
            options: CallOptions::default(),
        }
    }
}

/// An increment, made when it is awaited: [`Client::increment`].
#[derive(Clone, Debug)]
#[must_use = "nothing is added before this is awaited"]
pub struct Increment {
    client: Client,
    change: Change,
    request_id: Option<String>,
    options: CallOptions,
}

impl Increment {
    /// A key that this makes expires so long after the commit. One that is there keeps its own expiration.
    pub fn ttl(self, ttl: Duration) -> Self {
        self.expires(ttl)
    }

    /// A key that this makes expires at this moment. One that is there keeps its own expiration.
    pub fn expire_time(self, time: SystemTime) -> Self {
        self.expires(time)
    }

    /// When a key that this makes expires. One that is there keeps its own expiration.
    pub fn expires(mut self, expiration: impl Into<Expiration>) -> Self {
        self.change.expiration = expiration.into();
        self
    }

    request_id_option!();
    call_options!();
}

impl IntoFuture for Increment {
    type Output = Result<IncrementResponse, Error>;
    type IntoFuture = CallFuture<IncrementResponse>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::IncrementRequest {
                request_id: self.client.request_id(self.request_id, &self.options),
                ..self.change.into_proto()
            };
            let send = |mut to: crate::connection::Connection, request| async move {
                to.store.increment(request).await.map(Response::into_inner)
            };
            let answer = self.client.call(self.options, request, send).await?;
            Ok(answer.into())
        })
    }
}

/// What an increment answers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct IncrementResponse {
    /// The revision of this change.
    pub revision: i64,
    /// The number that the key holds now.
    pub value: i64,
    /// When the key expires. None: never.
    pub expire_time: Option<SystemTime>,
    /// The same call was made before with the same request id, and did nothing now.
    pub replayed: bool,
}

impl From<proto::IncrementResponse> for IncrementResponse {
    fn from(answer: proto::IncrementResponse) -> Self {
        Self {
            revision: answer.revision,
            value: answer.value,
            expire_time: time::to_system_time(answer.expire_time),
            replayed: answer.replayed,
        }
    }
}
