//! Listing and counting keys.

use tonic::Response;

use crate::call::{CallFuture, CallOptions, call_options};
use crate::connection::Connection;
use crate::pages::{Page, Paged, Pages};
use crate::result_stream::ResultStream;
use crate::{Client, Error, KeyRange, proto};

impl Client {
    /// Lists the keys of a range, in the store's order, page after page by itself. Each page is consistent at a
    /// revision of its own; for one view of everything there is [`scan`](Client::scan).
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad range or page size.
    pub fn list_keys(&self, range: impl Into<KeyRange>) -> ListKeys {
        ListKeys {
            client: self.clone(),
            range: range.into(),
            page_size: 0,
            descending: false,
            options: CallOptions::default(),
        }
    }

    /// Counts the keys of a range.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad range.
    pub fn count_keys(&self, range: impl Into<KeyRange>) -> CountKeys {
        CountKeys {
            client: self.clone(),
            range: range.into(),
            options: CallOptions::default(),
        }
    }
}

/// A listing of keys: [`Client::list_keys`].
#[derive(Clone, Debug)]
#[must_use = "nothing is listed before its stream is read"]
pub struct ListKeys {
    client: Client,
    range: KeyRange,
    page_size: i32,
    descending: bool,
    options: CallOptions,
}

impl ListKeys {
    /// How many keys to ask for at a time. 0: as many as the server is configured to, 1,000 by default.
    pub fn page_size(mut self, page_size: i32) -> Self {
        self.page_size = page_size;
        self
    }

    /// From the last key of the store's order to the first.
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    call_options!();

    /// The keys. Each page is a call, with the deadline and the retries of one.
    pub fn stream(self) -> ResultStream<String> {
        ResultStream::of(Pages::new(self))
    }
}

impl Paged for ListKeys {
    type Item = String;

    async fn page(&self, page_token: String) -> Result<Page<String>, Error> {
        let request = proto::ListKeysRequest {
            range: Some(self.range.clone().into_proto()),
            page_size: self.page_size,
            page_token,
            descending: self.descending,
            count_only: false,
        };
        let answer = list(&self.client, self.options, request).await?;
        Ok(Page {
            items: answer.keys,
            next_page_token: answer.next_page_token,
        })
    }
}

/// A count of keys, made when it is awaited: [`Client::count_keys`].
#[derive(Clone, Debug)]
#[must_use = "nothing is counted before this is awaited"]
pub struct CountKeys {
    client: Client,
    range: KeyRange,
    options: CallOptions,
}

impl CountKeys {
    call_options!();
}

impl IntoFuture for CountKeys {
    type Output = Result<i64, Error>;
    type IntoFuture = CallFuture<i64>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let request = proto::ListKeysRequest {
                range: Some(self.range.into_proto()),
                count_only: true,
                ..Default::default()
            };
            let answer = list(&self.client, self.options, request).await?;
            Ok(answer.total_size)
        })
    }
}

async fn list(
    client: &Client,
    options: CallOptions,
    request: proto::ListKeysRequest,
) -> Result<proto::ListKeysResponse, Error> {
    let send = |mut to: Connection, request| async move {
        to.store.list_keys(request).await.map(Response::into_inner)
    };
    client.call(options, request, send).await
}
