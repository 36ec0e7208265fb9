//! What every follower does: it goes on by itself when it is cut off, from the last token that it gave out, so that
//! nothing is missed and nothing is told twice by the reconnect itself. One that was cut off within the current state
//! begins that again, since what it has told may be gone.
//!
//! It reads a message when it is asked for one, and none before: a reader that does not come is felt by the server.

use tokio::time::{Instant, sleep, timeout_at};
use tonic::{Status, Streaming};

use super::StartPosition;
use crate::connection::Connection;
use crate::result_stream::Source;
use crate::retry::{Waits, may_pass};
use crate::{Client, Error, Reason, proto};

/// A stream of the server's that can be opened anywhere in its history.
pub(crate) trait Followed: Send + Sync + 'static {
    /// What the server sends.
    type Reply: Reply;
    /// What is made of it; `restarted` says that the current state is told anew.
    type Message: Send;

    fn open(
        &self,
        to: Connection,
        start: proto::StartPosition,
    ) -> impl Future<Output = Result<Streaming<Self::Reply>, Status>> + Send;

    fn message(reply: Self::Reply, told: Told) -> Self::Message;
}

/// What a follower must know of a message.
pub(crate) trait Reply: Send {
    fn resume_token(&self) -> &str;
    fn has_progress(&self) -> bool;
    fn is_synced(&self) -> bool;
}

/// What a message is within all that was told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Told {
    /// It goes on from the one before, or is the first.
    Next,
    /// It begins the current state again.
    Restarted,
}

/// One stream of messages over as many streams of the server's as it takes.
pub(crate) struct Follower<F: Followed> {
    client: Client,
    followed: F,
    start: StartPosition,
    deadline: Option<Instant>,
    waits: Waits,
    replies: Option<Streaming<F::Reply>>,
    /// The last token that was given out, or that came with the end of a stream.
    token: Option<String>,
    state: State,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum State {
    /// Nothing was given out.
    New,
    /// The current state is being told.
    Syncing,
    /// Changes are being told.
    Following,
}

impl<F: Followed> Follower<F> {
    pub(crate) fn new(
        client: Client,
        followed: F,
        start: StartPosition,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            client,
            followed,
            start,
            deadline,
            waits: Waits::default(),
            replies: None,
            token: None,
            state: State::New,
        }
    }

    async fn next_message(&mut self) -> Result<F::Message, Error> {
        loop {
            let error = match self.next_reply().await {
                Ok(message) => return Ok(message),
                Err(error) => error,
            };
            self.replies = None;
            if !goes_on_after(&error) {
                return Err(error);
            }
            // A token within the current state leads nowhere: it is told anew.
            if self.state != State::Syncing
                && let Some(token) = error.resume_token()
            {
                self.token = Some(token.to_owned());
            }
            sleep(self.waits.next(&error, fastrand::f64())).await;
        }
    }

    async fn next_reply(&mut self) -> Result<F::Message, Error> {
        let first = self.replies.is_none();
        if first {
            let to = self.client.connector().connection()?;
            let start = self.position().into_proto();
            self.replies = Some(self.followed.open(to, start).await?);
        }
        let replies = self.replies.as_mut();
        let reply = match replies {
            Some(replies) => replies.message().await?,
            None => None,
        };
        let reply = reply.ok_or_else(|| Error::unreachable("the server ended the stream"))?;
        self.waits.begin_again();
        let told = self.note(&reply, first);
        Ok(F::message(reply, told))
    }

    fn position(&self) -> StartPosition {
        match (&self.token, &self.start) {
            (_, StartPosition::CurrentState) if self.state != State::Following => {
                StartPosition::CurrentState
            }
            (Some(token), _) => StartPosition::After(token.clone()),
            (None, start) => start.clone(),
        }
    }

    /// The first message of a stream says how far it is, unless the current state begins with it, or is all in it.
    fn note(&mut self, reply: &F::Reply, first: bool) -> Told {
        let begins_state = first && (!reply.has_progress() || reply.is_synced());
        let told = if begins_state && self.state != State::New {
            Told::Restarted
        } else {
            Told::Next
        };
        let syncing = begins_state || (self.state == State::Syncing && !first);
        self.state = if syncing && !reply.is_synced() {
            State::Syncing
        } else {
            State::Following
        };
        self.token = Some(reply.resume_token().to_owned());
        told
    }
}

impl<F: Followed> Source for Follower<F> {
    type Item = F::Message;

    async fn next(&mut self) -> Result<Option<F::Message>, Error> {
        let client = self.client.clone();
        let deadline = self.deadline;
        let message = client.unless_closed(self.next_message());
        match deadline {
            None => message.await.map(Some),
            Some(deadline) => timeout_at(deadline, message)
                .await
                .map_err(|_| Error::deadline_exceeded())?
                .map(Some),
        }
    }
}

/// What another stream may mend: everything else ends a follower.
fn goes_on_after(error: &Error) -> bool {
    may_pass(error) || matches!(error.reason(), Reason::SlowFollower | Reason::Overloaded)
}
