//! Changing when a key expires.

use std::time::SystemTime;

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options, request_id_option};
use crate::condition::precondition_options;
use crate::{Client, Entry, Error, Expiration, Precondition, proto, time};

/// What a touch does, by itself or as a step of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) expiration: Expiration,
    pub(crate) return_previous: bool,
}

impl Change {
    pub(crate) fn new(key: String, expiration: Expiration) -> Self {
        Self {
            key,
            expiration,
            return_previous: false,
        }
    }

    pub(crate) fn into_proto(self) -> proto::TouchRequest {
        proto::TouchRequest {
            key: self.key,
            expiration: self.expiration.of_touch(),
            return_previous: self.return_previous,
            ..Default::default()
        }
    }
}

impl Client {
    /// Changes when a key expires: after a [`Duration`](std::time::Duration), at a [`SystemTime`], or
    /// [`Expiration::Never`]. The value and the version stay. A key that is absent is no error.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad key or expiration; the error of the precondition, if it has one that does not hold;
    /// `NO_SPACE` where the disk is full.
    pub fn touch(&self, key: impl Into<String>, expiration: impl Into<Expiration>) -> Touch {
        Touch {
            client: self.clone(),
            change: Change::new(key.into(), expiration.into()),
            precondition: None,
            request_id: None,
            options: CallOptions::default(),
        }
    }
}

/// A touch, made when it is awaited: [`Client::touch`].
#[derive(Clone, Debug)]
#[must_use = "nothing is touched before this is awaited"]
pub struct Touch {
    client: Client,
    change: Change,
    precondition: Option<Precondition>,
    request_id: Option<String>,
    options: CallOptions,
}

impl Touch {
    /// Answer with the entry as it was before.
    pub fn return_previous(mut self) -> Self {
        self.change.return_previous = true;
        self
    }

    precondition_options!();
    request_id_option!();
    call_options!();
}

impl IntoFuture for Touch {
    type Output = Result<TouchResponse, Error>;
    type IntoFuture = CallFuture<TouchResponse>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::TouchRequest {
                precondition: self.precondition.map(Precondition::into_proto),
                request_id: self.client.request_id(self.request_id, &self.options),
                ..self.change.into_proto()
            };
            let send = |mut to: crate::connection::Connection, request| async move {
                to.store.touch(request).await.map(Response::into_inner)
            };
            let answer = self.client.call(self.options, request, send).await?;
            Ok(answer.into())
        })
    }
}

/// What a touch answers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct TouchResponse {
    /// The revision of this change; where nothing was touched, the current revision.
    pub revision: i64,
    /// Whether there was such a key.
    pub touched: bool,
    /// When the key expires. None: never, or there is no such key.
    pub expire_time: Option<SystemTime>,
    /// The entry as it was before. None: it was not asked for, or there is no such key.
    pub previous: Option<Entry>,
    /// The same call was made before with the same request id, and did nothing now.
    pub replayed: bool,
}

impl From<proto::TouchResponse> for TouchResponse {
    fn from(answer: proto::TouchResponse) -> Self {
        Self {
            revision: answer.revision,
            touched: answer.touched,
            expire_time: time::to_system_time(answer.expire_time),
            previous: answer.previous.map(Entry::from),
            replayed: answer.replayed,
        }
    }
}
