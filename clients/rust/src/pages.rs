//! A listing, page after page: each is asked for when the one before has been read.

use std::collections::VecDeque;

use crate::Error;
use crate::result_stream::Source;

/// One page, and where the next one begins; empty: there is none.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next_page_token: String,
}

/// A call that answers with a page at a time.
pub(crate) trait Paged: Send + 'static {
    type Item: Send;

    /// The page that begins at the token; empty: the first.
    fn page(
        &self,
        page_token: String,
    ) -> impl Future<Output = Result<Page<Self::Item>, Error>> + Send;
}

/// The items of all pages.
pub(crate) struct Pages<P: Paged> {
    call: P,
    read: VecDeque<P::Item>,
    next: Option<String>,
}

impl<P: Paged> Pages<P> {
    pub(crate) fn new(call: P) -> Self {
        Self {
            call,
            read: VecDeque::new(),
            next: Some(String::new()),
        }
    }
}

impl<P: Paged> Source for Pages<P> {
    type Item = P::Item;

    async fn next(&mut self) -> Result<Option<P::Item>, Error> {
        loop {
            if let Some(item) = self.read.pop_front() {
                return Ok(Some(item));
            }
            let Some(token) = self.next.take() else {
                return Ok(None);
            };
            let page = self.call.page(token).await?;
            self.read = page.items.into();
            self.next = Some(page.next_page_token).filter(|token| !token.is_empty());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, Paged, Pages};
    use crate::result_stream::ResultStream;
    use crate::{Error, Reason};

    /// Pages of two numbers below ten; the token is the number that comes next. The third page is empty.
    struct Numbers {
        fail_at: Option<&'static str>,
    }

    impl Paged for Numbers {
        type Item = u32;

        async fn page(&self, page_token: String) -> Result<Page<u32>, Error> {
            if self.fail_at == Some(page_token.as_str()) {
                return Err(Error::unreachable("gone"));
            }
            let (items, next) = match page_token.as_str() {
                "" => (vec![0, 1], "2"),
                "2" => (vec![2, 3], "4"),
                "4" => (vec![], "5"),
                "5" => (vec![4], ""),
                other => panic!("no page {other}"),
            };
            let next_page_token = next.to_owned();
            Ok(Page {
                items,
                next_page_token,
            })
        }
    }

    #[tokio::test]
    async fn all_pages_are_read_in_order() {
        let numbers = ResultStream::of(Pages::new(Numbers { fail_at: None }));
        assert_eq!(numbers.try_collect().await.unwrap(), [0, 1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn an_error_comes_after_what_was_before_it_and_ends_the_stream() {
        let fail_at = Some("2");
        let mut numbers = ResultStream::of(Pages::new(Numbers { fail_at }));
        assert_eq!(numbers.try_next().await.unwrap(), Some(0));
        assert_eq!(numbers.try_next().await.unwrap(), Some(1));
        let error = numbers.try_next().await.unwrap_err();
        assert_eq!(*error.reason(), Reason::Unreachable);
        assert!(numbers.next().await.is_none());
    }
}
