//! Streams without an end, and what is taken of them.

use std::pin::Pin;

use futures_util::{Stream, StreamExt};
use keyvaluedb_client::{Code, Error, ExpirationMessage, WatchMessage};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex, watch};

use crate::answers;
use crate::session::{Answer, Failure};

type Messages = Pin<Box<dyn Stream<Item = Result<Told, Error>> + Send>>;

/// A message of either kind of stream.
pub struct Told {
    items: Vec<Value>,
    resume_token: String,
    progress: Value,
    synced: bool,
    restarted: bool,
}

impl From<WatchMessage> for Told {
    fn from(message: WatchMessage) -> Self {
        Self {
            items: message.events.iter().map(answers::event).collect(),
            resume_token: message.resume_token,
            progress: answers::progress(message.progress.as_ref()),
            synced: message.synced,
            restarted: message.restarted,
        }
    }
}

impl From<ExpirationMessage> for Told {
    fn from(message: ExpirationMessage) -> Self {
        let expirations = message.expirations.iter();
        Self {
            items: expirations.map(answers::expiration).collect(),
            resume_token: message.resume_token,
            progress: answers::progress(message.progress.as_ref()),
            synced: false,
            restarted: false,
        }
    }
}

/// When `next` has taken enough.
#[derive(Debug, Default, Deserialize)]
pub struct Enough {
    count: Option<usize>,
    until: Option<Until>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Until {
    Synced,
    Progress,
    Restarted,
}

/// A stream that is read when a command says so, and not before.
pub struct Follower {
    /// What its messages have: `events` or `expirations`.
    items: &'static str,
    messages: Mutex<Option<Messages>>,
    ended: watch::Sender<bool>,
}

impl Follower {
    pub fn new<M: Into<Told>>(
        items: &'static str,
        messages: impl Stream<Item = Result<M, Error>> + Send + 'static,
    ) -> Self {
        let messages: Messages = Box::pin(messages.map(|message| message.map(Into::into)));
        Self {
            items,
            messages: Mutex::new(Some(messages)),
            ended: watch::Sender::new(false),
        }
    }

    /// Takes messages until it is enough, or the first one.
    pub async fn next(&self, enough: &Enough) -> Answer {
        let mut ended = self.ended.subscribe();
        tokio::select! {
            biased;
            _ = ended.wait_for(|ended| *ended) => Err(cancelled()),
            answer = self.take(enough) => answer,
        }
    }

    /// Ends the stream, also under somebody who waits for a message.
    pub async fn end(&self) {
        self.ended.send_replace(true);
        self.messages.lock().await.take();
    }

    async fn take(&self, enough: &Enough) -> Answer {
        let mut messages = self.messages.lock().await;
        let messages = messages.as_mut().ok_or_else(cancelled)?;
        let mut items = Vec::new();
        let mut answer = Map::new();
        loop {
            let message = messages.next().await;
            let message =
                message.ok_or_else(|| Failure::Fault("the stream has ended".into()))??;
            items.extend(message.items);
            answer.insert("resume_token".into(), message.resume_token.into());
            if !message.progress.is_null() {
                answer.insert("progress".into(), message.progress.clone());
            }
            if message.synced {
                answer.insert("synced".into(), true.into());
            }
            if message.restarted {
                answer.insert("restarted".into(), true.into());
            }
            let done = match (enough.count, enough.until) {
                (Some(count), _) => items.len() >= count,
                (None, Some(Until::Synced)) => message.synced,
                (None, Some(Until::Progress)) => !message.progress.is_null(),
                (None, Some(Until::Restarted)) => message.restarted,
                (None, None) => true,
            };
            if done {
                answer.insert(self.items.into(), items.into());
                return Ok(answer.into());
            }
        }
    }
}

fn cancelled() -> Failure {
    let name = Code::Cancelled.as_str();
    Failure::Said(json!({ "reason": name, "code": name, "message": "the stream was ended" }))
}
