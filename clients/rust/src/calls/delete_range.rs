//! Deleting many keys at once.

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options, request_id_option};
use crate::{Client, Error, KeyRange, proto};

impl Client {
    /// Deletes the keys of a range, or the first so many of them: in one transaction, all or nothing. A range without
    /// keys is no error. One call deletes 10,000 keys at the most, unless the server is configured otherwise;
    /// [`more`](DeleteRangeResponse::more) says that there are others, which the next call deletes.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad range or limit.
    pub fn delete_range(&self, range: impl Into<KeyRange>) -> DeleteRange {
        DeleteRange {
            client: self.clone(),
            range: range.into(),
            limit: 0,
            request_id: None,
            options: CallOptions::default(),
        }
    }
}

/// A delete of a range, made when it is awaited: [`Client::delete_range`].
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted before this is awaited"]
pub struct DeleteRange {
    client: Client,
    range: KeyRange,
    limit: i32,
    request_id: Option<String>,
    options: CallOptions,
}

impl DeleteRange {
    /// Delete so many keys at the most, the first in the store's order. 0: as many as one call may.
    pub fn limit(mut self, limit: i32) -> Self {
        self.limit = limit;
        self
    }

    request_id_option!();
    call_options!();
}

impl IntoFuture for DeleteRange {
    type Output = Result<DeleteRangeResponse, Error>;
    type IntoFuture = CallFuture<DeleteRangeResponse>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::DeleteRangeRequest {
                range: Some(self.range.into_proto()),
                limit: self.limit,
                request_id: self.client.request_id(self.request_id, &self.options),
            };
            let send = |mut to: crate::connection::Connection, request| async move {
                let answer = to.store.delete_range(request).await;
                answer.map(Response::into_inner)
            };
            let answer = self.client.call(self.options, request, send).await?;
            Ok(answer.into())
        })
    }
}

/// What a delete of a range answers.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DeleteRangeResponse {
    /// The revision of this change; where nothing was deleted, the current revision.
    pub revision: i64,
    /// How many keys were deleted.
    pub deleted_count: i64,
    /// Whether the range still had keys at that revision.
    pub more: bool,
    /// The same call was made before with the same request id, and did nothing now.
    pub replayed: bool,
}

impl From<proto::DeleteRangeResponse> for DeleteRangeResponse {
    fn from(answer: proto::DeleteRangeResponse) -> Self {
        Self {
            revision: answer.revision,
            deleted_count: answer.deleted_count,
            more: answer.more,
            replayed: answer.replayed,
        }
    }
}
