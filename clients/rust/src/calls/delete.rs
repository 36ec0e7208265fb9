//! Deleting a key.

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options, request_id_option};
use crate::condition::precondition_options;
use crate::{Client, Entry, Error, Precondition, proto};

/// What a delete does, by itself or as a step of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) key: String,
    pub(crate) return_previous: bool,
}

impl Change {
    pub(crate) fn new(key: String) -> Self {
        let return_previous = false;
        Self {
            key,
            return_previous,
        }
    }

    pub(crate) fn into_proto(self) -> proto::DeleteRequest {
        proto::DeleteRequest {
            key: self.key,
            return_previous: self.return_previous,
            ..Default::default()
        }
    }
}

impl Client {
    /// Deletes a key. One that is absent is no error.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad key; the error of the precondition, if it has one that does not hold.
    pub fn delete(&self, key: impl Into<String>) -> Delete {
        Delete {
            client: self.clone(),
            change: Change::new(key.into()),
            precondition: None,
            request_id: None,
            options: CallOptions::default(),
        }
    }
}

/// A delete, made when it is awaited: [`Client::delete`].
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted before this is awaited"]
pub struct Delete {
    client: Client,
    change: Change,
    precondition: Option<Precondition>,
    request_id: Option<String>,
    options: CallOptions,
}

impl Delete {
    /// Answer with the entry that is deleted.
    pub fn return_previous(mut self) -> Self {
        self.change.return_previous = true;
        self
    }

    precondition_options!();
    request_id_option!();
    call_options!();
}

impl IntoFuture for Delete {
    type Output = Result<DeleteResponse, Error>;
    type IntoFuture = CallFuture<DeleteResponse>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::DeleteRequest {
                precondition: self.precondition.map(Precondition::into_proto),
                request_id: self.client.request_id(self.request_id, &self.options),
                ..self.change.into_proto()
            };
            let send = |mut to: crate::connection::Connection, request| async move {
                to.store.delete(request).await.map(Response::into_inner)
            };
            let answer = self.client.call(self.options, request, send).await?;
            Ok(answer.into())
        })
    }
}

/// What a delete answers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DeleteResponse {
    /// The revision of this change; where nothing was deleted, the current revision.
    pub revision: i64,
    /// Whether there was such a key.
    pub deleted: bool,
    /// The entry that was deleted. None: it was not asked for, or there was no such key.
    pub previous: Option<Entry>,
    /// The same call was made before with the same request id, and did nothing now.
    pub replayed: bool,
}

impl From<proto::DeleteResponse> for DeleteResponse {
    fn from(answer: proto::DeleteResponse) -> Self {
        Self {
            revision: answer.revision,
            deleted: answer.deleted,
            previous: answer.previous.map(Entry::from),
            replayed: answer.replayed,
        }
    }
}
