//! What calls give that answer with more than one thing.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream;

use crate::Error;

/// A [`Stream`] of what a call answers, at the pace of whoever reads it. It ends after the first error.
///
/// It is a stream for all combinators of `futures` and `tokio-stream`; for a loop, none of them is needed:
///
/// ```
/// # use keyvaluedb_client::{Client, Error, KeyRange};
/// # async fn example(client: &Client) -> Result<(), Error> {
/// let mut keys = client.list_keys(KeyRange::prefix("session/")).stream();
/// while let Some(key) = keys.try_next().await? {
///     println!("{key}");
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is read before this is"]
pub struct ResultStream<T> {
    items: Pin<Box<dyn Stream<Item = Result<T, Error>> + Send>>,
}

impl<T: Send + 'static> ResultStream<T> {
    pub(crate) fn new(items: impl Stream<Item = Result<T, Error>> + Send + 'static) -> Self {
        let items = Box::pin(items);
        Self { items }
    }

    /// Asks the source for one thing after the other, until it has no more or fails.
    pub(crate) fn of<S: Source<Item = T>>(source: S) -> Self {
        Self::new(stream::unfold(Some(source), |source| async {
            let mut source = source?;
            match source.next().await {
                Ok(Some(item)) => Some((Ok(item), Some(source))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        }))
    }
}

impl<T> ResultStream<T> {
    /// The next one; None at the end. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        std::future::poll_fn(|context| self.items.as_mut().poll_next(context)).await
    }

    /// The next one; None at the end. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().await.transpose()
    }

    /// All that are left, in memory.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub async fn try_collect(mut self) -> Result<Vec<T>, Error> {
        let mut all = Vec::new();
        while let Some(item) = self.try_next().await? {
            all.push(item);
        }
        Ok(all)
    }
}

impl<T> Stream for ResultStream<T> {
    type Item = Result<T, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.items.as_mut().poll_next(context)
    }
}

impl<T> fmt::Debug for ResultStream<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResultStream")
    }
}

/// Something that a stream can be made of.
pub(crate) trait Source: Send + 'static {
    type Item: Send;

    /// The next one; None when there is no more.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Item>, Error>> + Send;
}
