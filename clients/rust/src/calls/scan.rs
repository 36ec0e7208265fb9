//! Reading all entries of a range, as they were at one revision.

use std::collections::VecDeque;

use tokio::time::{Instant, timeout_at};
use tonic::{Request, Streaming};

use crate::call::{CallOptions, after};
use crate::connection::Connection;
use crate::result_stream::{ResultStream, Source};
use crate::{Client, Entry, Error, KeyRange, proto};

impl Client {
    /// Reads every entry of a range as it was at one revision, the newest when the call comes, in the store's order.
    /// The server reads no further than the stream is read; it ends a scan that takes longer than it keeps a revision
    /// readable (5 minutes by default) with `SLOW_FOLLOWER`.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` for a bad range, filter or limit; `OVERLOADED` if there are too many scans; `CORRUPT` where a
    /// record is damaged.
    pub fn scan(&self, range: impl Into<KeyRange>) -> Scan {
        Scan {
            client: self.clone(),
            request: proto::ScanRequest {
                range: Some(range.into().into_proto()),
                ..Default::default()
            },
            options: CallOptions::default(),
        }
    }
}

/// A scan: [`Client::scan`].
#[derive(Clone, Debug)]
#[must_use = "nothing is read before its stream is"]
pub struct Scan {
    client: Client,
    request: proto::ScanRequest,
    options: CallOptions,
}

impl Scan {
    /// Read the values, and what is stored with them: `update_time` and `content_type`. By default these are empty, and
    /// nothing is read from disk for them.
    pub fn include_values(mut self) -> Self {
        self.request.include_values = true;
        self
    }

    /// Only entries for which this is true: an expression in [CEL](https://cel.dev) over `key`, `value` (text), `json`,
    /// `size`, `revision`, `version`, `update_time`, `expire_time` and `content_type`, such as `json.size > 1000`.
    pub fn filter(mut self, expression: impl Into<String>) -> Self {
        self.request.filter = expression.into();
        self
    }

    /// From the last key of the store's order to the first.
    pub fn descending(mut self) -> Self {
        self.request.descending = true;
        self
    }

    /// End after so many entries. 0: at the end of the range.
    pub fn limit(mut self, limit: i64) -> Self {
        self.request.limit = limit;
        self
    }

    /// How long all of it may take. By default only its start is bound, by the client's deadline: how long the rest
    /// takes is up to who reads.
    pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Whether it is tried again until it has started, instead of the client's default. It never is after that, since
    /// it would be at another revision.
    pub fn retries(mut self, retries: crate::Retries) -> Self {
        self.options.retries = Some(retries);
        self
    }

    /// The entries.
    pub fn stream(self) -> ResultStream<Entry> {
        ResultStream::of(Reading {
            deadline: self.options.deadline.map(after),
            scan: self,
            answers: None,
            read: VecDeque::new(),
        })
    }
}

/// A scan that has come so far.
struct Reading {
    scan: Scan,
    deadline: Option<Instant>,
    answers: Option<Streaming<proto::ScanResponse>>,
    read: VecDeque<proto::Entry>,
}

impl Source for Reading {
    type Item = Entry;

    async fn next(&mut self) -> Result<Option<Entry>, Error> {
        loop {
            if let Some(entry) = self.read.pop_front() {
                return Ok(Some(entry.into()));
            }
            let answer = match &mut self.answers {
                None => Some(self.start().await?),
                Some(answers) => {
                    let message = async { Ok(answers.message().await?) };
                    let message = self.scan.client.unless_closed(message);
                    match self.deadline {
                        Some(deadline) => timeout_at(deadline, message)
                            .await
                            .map_err(|_| Error::deadline_exceeded())??,
                        None => message.await?,
                    }
                }
            };
            match answer {
                Some(answer) => self.read = answer.entries.into(),
                None => return Ok(None),
            }
        }
    }
}

impl Reading {
    /// The server says at once at which revision it reads: until then nothing was given out, and the call can be made
    /// again.
    async fn start(&mut self) -> Result<proto::ScanResponse, Error> {
        let deadline = self.deadline;
        let send = |mut to: Connection, request: Request<proto::ScanRequest>| async move {
            // The default deadline is for the start alone, and the server would hold the whole stream to it.
            let mut request = Request::new(request.into_inner());
            if let Some(deadline) = deadline {
                request.set_timeout(deadline.saturating_duration_since(Instant::now()));
            }
            let mut answers = to.store.scan(request).await?.into_inner();
            let first = answers.message().await?.unwrap_or_default();
            Ok((first, answers))
        };
        let request = self.scan.request.clone();
        let (first, answers) = self
            .scan
            .client
            .call(self.scan.options, request, send)
            .await?;
        self.answers = Some(answers);
        Ok(first)
    }
}
