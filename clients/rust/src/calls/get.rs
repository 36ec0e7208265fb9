//! Reading a key.

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options};
use crate::{Client, Entry, Error, proto};

impl Client {
    /// Reads a key, as it is or as it was. None if it is absent.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad key, `CORRUPT` where the record is damaged.
    pub fn get(&self, key: impl Into<String>) -> Get {
        Get {
            client: self.clone(),
            key: key.into(),
            revision: 0,
            options: CallOptions::default(),
        }
    }
}

/// A get, made when it is awaited: [`Client::get`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read before this is awaited"]
pub struct Get {
    client: Client,
    key: String,
    revision: i64,
    options: CallOptions,
}

impl Get {
    /// Read the key as it was at this revision. The server keeps older versions as far as it is configured to; a
    /// revision before that fails with `REVISION_COMPACTED`, one yet to come with `INVALID_FIELD`.
    pub fn revision(mut self, revision: i64) -> Self {
        self.revision = revision;
        self
    }

    call_options!();
}

impl IntoFuture for Get {
    type Output = Result<Option<Entry>, Error>;
    type IntoFuture = CallFuture<Option<Entry>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::GetRequest {
                key: self.key,
                revision: self.revision,
            };
            let send = |mut to: crate::connection::Connection, request| async move {
                to.store.get(request).await.map(Response::into_inner)
            };
            let answer = self.client.call(self.options, request, send).await?;
            Ok(answer.entry.map(Entry::from))
        })
    }
}
