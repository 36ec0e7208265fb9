//! What is kept of a key.

use tonic::Response;

use crate::call::{CallOptions, call_options};
use crate::connection::Connection;
use crate::pages::{Page, Paged, Pages};
use crate::result_stream::ResultStream;
use crate::{Client, Entry, Error, proto};

impl Client {
    /// Lists the versions of a key that are kept, newest first, page after page by itself.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad key or page size.
    pub fn list_versions(&self, key: impl Into<String>) -> ListVersions {
        ListVersions {
            client: self.clone(),
            key: key.into(),
            page_size: 0,
            options: CallOptions::default(),
        }
    }
}

/// A listing of versions: [`Client::list_versions`].
#[derive(Clone, Debug)]
#[must_use = "nothing is listed before its stream is read"]
pub struct ListVersions {
    client: Client,
    key: String,
    page_size: i32,
    options: CallOptions,
}

impl ListVersions {
    /// How many versions to ask for at a time. 0: as many as the server is configured to, 1,000 by default.
    pub fn page_size(mut self, page_size: i32) -> Self {
        self.page_size = page_size;
        self
    }

    call_options!();

    /// The versions. Each page is a call, with the deadline and the retries of one.
    pub fn stream(self) -> ResultStream<Entry> {
        ResultStream::of(Pages::new(self))
    }
}

impl Paged for ListVersions {
    type Item = Entry;

    async fn page(&self, page_token: String) -> Result<Page<Entry>, Error> {
        let request = proto::ListVersionsRequest {
            key: self.key.clone(),
            page_size: self.page_size,
            page_token,
        };
        let send = |mut to: Connection, request| async move {
            let answer = to.store.list_versions(request).await;
            answer.map(Response::into_inner)
        };
        let answer = self.client.call(self.options, request, send).await?;
        Ok(Page {
            items: answer.entries.into_iter().map(Entry::from).collect(),
            next_page_token: answer.next_page_token,
        })
    }
}
