//! How one call is made: with a deadline, and again when that may help.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Request, Status};

use crate::connection::Connection;
use crate::retry::{self, Waits};
use crate::{Client, Error, Retries};

/// A call under way: what awaiting one of the builders gives.
pub type CallFuture<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

/// Longer than any program runs: what a deadline that cannot be computed becomes.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What a call says for itself, where the client's settings are not to hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CallOptions {
    pub(crate) deadline: Option<Duration>,
    pub(crate) retries: Option<Retries>,
}

/// The options of a builder whose field `options` they are in.
macro_rules! call_options {
    () => {
        /// How long it may take, all tries included, instead of the client's default.
        pub fn deadline(mut self, deadline: std::time::Duration) -> Self {
            self.options.deadline = Some(deadline);
            self
        }

        /// Whether it is made again, instead of the client's default.
        pub fn retries(mut self, retries: crate::Retries) -> Self {
            self.options.retries = Some(retries);
            self
        }
    };
}

/// The name of a write, in a builder whose field `request_id` it is in.
macro_rules! request_id_option {
    () => {
        /// Names this call, so that your program can make the same call again and have it done once: at most 128
        /// bytes, your own for each call. By default one is made up, for the retries of this call alone.
        pub fn request_id(mut self, id: impl Into<String>) -> Self {
            self.request_id = Some(id.into());
            self
        }
    };
}

pub(crate) use {call_options, request_id_option};

pub(crate) fn after(wait: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(wait).unwrap_or(now + FOREVER)
}

impl Client {
    fn retries(&self, options: &CallOptions) -> Retries {
        options.retries.unwrap_or(self.default_retries())
    }

    /// The caller's request id, or one made up so that this call can be made again; empty where it never will be.
    pub(crate) fn request_id(&self, chosen: Option<String>, options: &CallOptions) -> String {
        // On the wire an empty one is none.
        let chosen = chosen.filter(|id| !id.is_empty());
        chosen.unwrap_or_else(|| match self.retries(options) {
            Retries::On => uuid::Uuid::new_v4().to_string(),
            Retries::Off => String::new(),
        })
    }

    /// Makes a call until it is answered, fails for good, or its deadline comes.
    pub(crate) async fn call<Q, A, F, R>(
        &self,
        options: CallOptions,
        request: Q,
        send: F,
    ) -> Result<A, Error>
    where
        Q: Clone,
        F: Fn(Connection, Request<Q>) -> R,
        R: Future<Output = Result<A, Status>>,
    {
        let deadline = after(options.deadline.unwrap_or(self.default_deadline()));
        self.unless_closed(async {
            let mut waits = Waits::default();
            loop {
                let connection = self.connector().connection()?;
                let mut one_try = Request::new(request.clone());
                one_try.set_timeout(deadline.saturating_duration_since(Instant::now()));
                let error = match timeout_at(deadline, send(connection, one_try)).await {
                    Ok(Ok(answer)) => return Ok(answer),
                    Ok(Err(status)) => Error::from(status),
                    Err(_) => return Err(Error::deadline_exceeded()),
                };
                if self.retries(&options) == Retries::Off || !retry::may_pass(&error) {
                    return Err(error);
                }
                let wait = waits.next(&error, fastrand::f64());
                if after(wait) >= deadline {
                    return Err(error);
                }
                sleep(wait).await;
            }
        })
        .await
    }
}
