//! Following what happens to keys.

use std::time::{Duration, SystemTime};

use tonic::{Request, Response, Status, Streaming};

use super::follow::{Followed, Follower, Reply, Told};
use super::{Progress, StartPosition};
use crate::call::after;
use crate::connection::Connection;
use crate::result_stream::ResultStream;
use crate::{Client, Entry, KeyRange, proto, time};

impl Client {
    /// Follows every change of the keys of a range, in order, once it is durable.
    ///
    /// It goes on by itself when the connection or the server is lost, or when it was cut off for being slow, from the
    /// last message that it gave out. It ends with an error that nothing but the caller can mend, such as
    /// `REVISION_COMPACTED` or `HISTORY_CHANGED`, when the client is closed, or when the stream is dropped.
    ///
    /// ```
    /// # use keyvaluedb_client::{Client, Error, EventKind, KeyRange};
    /// # async fn example(client: &Client) -> Result<(), Error> {
    /// let mut messages = client
    ///     .watch(KeyRange::prefix("config/"))
    ///     .from_current_state()
    ///     .stream();
    /// while let Some(message) = messages.try_next().await? {
    ///     if message.restarted {
    ///         // The current state is told anew: forget what was there.
    ///     }
    ///     for event in message.events {
    ///         println!("{:?} {}", event.kind, event.entry.key);
    ///     }
    ///     // Kept after the events were dealt with, this is where another process goes on: `.resume(token)`.
    ///     let token = message.resume_token;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch(&self, range: impl Into<KeyRange>) -> Watch {
        Watch {
            client: self.clone(),
            request: proto::WatchRequest {
                ranges: vec![range.into().into_proto()],
                ..Default::default()
            },
            start: StartPosition::default(),
            deadline: None,
        }
    }
}

/// A watch: [`Client::watch`].
#[derive(Clone, Debug)]
#[must_use = "nothing is followed before its stream is read"]
pub struct Watch {
    client: Client,
    request: proto::WatchRequest,
    start: StartPosition,
    deadline: Option<Duration>,
}

impl Watch {
    /// Follow the keys of this range, too; a change within several is told once. At most 64 ranges by default.
    pub fn also(mut self, range: impl Into<KeyRange>) -> Self {
        self.request.ranges.push(range.into().into_proto());
        self
    }

    /// Where to begin; now, if nothing is said.
    pub fn start(mut self, start: StartPosition) -> Self {
        self.start = start;
        self
    }

    /// Begin with the entries that there are; [`WatchMessage::synced`] says where changes begin.
    pub fn from_current_state(self) -> Self {
        self.start(StartPosition::CurrentState)
    }

    /// Begin at this revision, it included; 1 or more.
    pub fn from_revision(self, revision: i64) -> Self {
        self.start(StartPosition::Revision(revision))
    }

    /// Go on after the message that had this token.
    pub fn resume(self, token: impl Into<String>) -> Self {
        self.start(StartPosition::After(token.into()))
    }

    /// Tell only changes of these kinds. Those of the current state are told all the same.
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        let kinds = kinds.into_iter();
        self.request.kinds = kinds.map(|kind| kind.to_proto() as i32).collect();
        self
    }

    /// Tell what each change replaced or ended, as far as the server still has it.
    pub fn include_previous(mut self) -> Self {
        self.request.include_previous = true;
        self
    }

    /// How long the stream may be silent before a mark of progress comes: 10 ms to a day; 10 s unless the server is
    /// configured otherwise.
    pub fn progress_interval(mut self, interval: Duration) -> Self {
        self.request.progress_interval = Some(time::to_wire_duration(interval));
        self
    }

    /// How long to follow; without it, for ever. It ends with `DEADLINE_EXCEEDED`.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The messages.
    pub fn stream(self) -> ResultStream<WatchMessage> {
        let deadline = self.deadline.map(after);
        ResultStream::of(Follower::new(
            self.client,
            self.request,
            self.start,
            deadline,
        ))
    }
}

impl Followed for proto::WatchRequest {
    type Reply = proto::WatchResponse;
    type Message = WatchMessage;

    async fn open(
        &self,
        mut to: Connection,
        start: proto::StartPosition,
    ) -> Result<Streaming<proto::WatchResponse>, Status> {
        let start = Some(start);
        let request = Self {
            start,
            ..self.clone()
        };
        let answer = to.store.watch(Request::new(request)).await;
        answer.map(Response::into_inner)
    }

    fn message(reply: proto::WatchResponse, told: Told) -> WatchMessage {
        WatchMessage {
            events: reply.events.into_iter().map(Event::from).collect(),
            resume_token: reply.resume_token,
            progress: reply.progress.map(Progress::from),
            synced: reply.synced,
            restarted: told == Told::Restarted,
        }
    }
}

impl Reply for proto::WatchResponse {
    fn resume_token(&self) -> &str {
        &self.resume_token
    }

    fn has_progress(&self) -> bool {
        self.progress.is_some()
    }

    fn is_synced(&self) -> bool {
        self.synced
    }
}

/// One message of a watch: events, or a mark of progress.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct WatchMessage {
    /// What happened, in the order in which it was committed. Events of the current state are sets.
    pub events: Vec<Event>,
    /// From where a follower that has dealt with this message goes on.
    pub resume_token: String,
    /// Everything up to there was told.
    pub progress: Option<Progress>,
    /// The current state has been told; changes follow.
    pub synced: bool,
    /// The watch was cut off within the current state, and tells it anew from here on: what it told of it before may be
    /// gone.
    pub restarted: bool,
}

/// What can happen to a key.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EventKind {
    /// It was set, whether or not it was there before.
    Set,
    /// It was deleted.
    Delete,
    /// Its deadline passed.
    Expire,
    /// It was given another deadline, or none.
    Touch,
    /// Something that this version of the client does not know; a watch cannot ask for it.
    Unknown,
}

impl EventKind {
    fn to_proto(self) -> proto::EventKind {
        match self {
            Self::Set => proto::EventKind::Set,
            Self::Delete => proto::EventKind::Delete,
            Self::Expire => proto::EventKind::Expire,
            Self::Touch => proto::EventKind::Touch,
            Self::Unknown => proto::EventKind::Unspecified,
        }
    }

    fn from_number(number: i32) -> Self {
        match proto::EventKind::try_from(number) {
            Ok(proto::EventKind::Set) => Self::Set,
            Ok(proto::EventKind::Delete) => Self::Delete,
            Ok(proto::EventKind::Expire) => Self::Expire,
            Ok(proto::EventKind::Touch) => Self::Touch,
            Ok(proto::EventKind::Unspecified) | Err(_) => Self::Unknown,
        }
    }
}

/// Something that happened to a key. `(revision, index)` identifies it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The revision of the transaction.
    pub revision: i64,
    /// The place within that transaction, from 0.
    pub index: i32,
    /// The entry as a set or a touch left it. Of a key that was deleted or expired only `key`, `revision` and the
    /// deadline that passed are filled in.
    pub entry: Entry,
    /// What was there before, if the watch asked for it. None: the key was made, or `previous_omitted` says why.
    pub previous: Option<Entry>,
    /// There was something before, but it is not here: the server has it no more, or it was too large to be sent.
    pub previous_omitted: bool,
    /// The value of `entry` is not here: it was too large to be sent. [`Client::get`] has it.
    pub value_omitted: bool,
    /// When the store committed it.
    pub commit_time: Option<SystemTime>,
}

impl From<proto::Event> for Event {
    fn from(event: proto::Event) -> Self {
        Self {
            kind: EventKind::from_number(event.kind),
            revision: event.revision,
            index: event.index,
            entry: event.entry.unwrap_or_default().into(),
            previous: event.previous.map(Entry::from),
            previous_omitted: event.previous_omitted,
            value_omitted: event.value_omitted,
            commit_time: time::to_system_time(event.commit_time),
        }
    }
}
