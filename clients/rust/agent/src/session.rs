//! What lasts from one command to the next: the client, its streams, and the transactions that wait to be let go.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use keyvaluedb_client::{Client, Error};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::answers;
use crate::streams::Follower;

/// Why a command has no answer.
pub enum Failure {
    /// The client says so: what the cases are about.
    Client(Box<Error>),
    /// The function given to a transaction says so, or whoever ended a stream: dropping is cancelling in Rust, so that
    /// there is nobody else to say it.
    Said(Value),
    /// The command makes no sense, or the agent is at fault.
    Fault(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(Box::new(error))
    }
}

/// What a command answers.
pub type Answer = Result<Value, Failure>;

type Say = fn(&Value);

/// The state of the agent. Each lock is held for a moment, and never while anything is waited for.
pub struct Session {
    say: Say,
    client: Mutex<Option<Client>>,
    followers: Mutex<HashMap<String, Arc<Follower>>>,
    waiting: Mutex<HashMap<String, Arc<Notify>>>,
}

impl Session {
    /// A session without a client, which says things with this.
    pub fn new(say: Say) -> Self {
        Self {
            say,
            client: Mutex::default(),
            followers: Mutex::default(),
            waiting: Mutex::default(),
        }
    }

    /// Does a command, and says what came of it.
    pub async fn answer(&self, command: Value) {
        let id = command["id"].clone();
        if command["do"] == "go" {
            return self.waiting_for(&command["of"]).notify_one();
        }
        let line = match self.run(command).await {
            Ok(ok) => json!({ "id": id, "ok": ok }),
            Err(Failure::Client(error)) => json!({ "id": id, "error": answers::error(&error) }),
            Err(Failure::Said(error)) => json!({ "id": id, "error": error }),
            Err(Failure::Fault(fault)) => json!({ "id": id, "fault": fault }),
        };
        (self.say)(&line);
    }

    /// Says something that is no answer yet.
    pub fn tell(&self, line: &Value) {
        (self.say)(line);
    }

    /// The client that was opened last.
    pub fn client(&self) -> Result<Client, Failure> {
        let client = locked(&self.client).clone();
        client.ok_or_else(|| Failure::Fault("no client is open".into()))
    }

    /// This is the client from now on; the one before is closed.
    pub fn replace(&self, client: Client) {
        if let Some(before) = locked(&self.client).replace(client) {
            before.close();
        }
    }

    /// Remembers a follower by the name of its stream.
    pub fn follow(&self, name: String, follower: Arc<Follower>) {
        locked(&self.followers).insert(name, follower);
    }

    /// The follower of that name.
    pub fn follower(&self, name: &str) -> Result<Arc<Follower>, Failure> {
        let follower = locked(&self.followers).get(name).cloned();
        follower.ok_or_else(|| Failure::Fault(format!("no stream {name}")))
    }

    /// What the command of that id waits with to be let go.
    pub fn waiting_for(&self, id: &Value) -> Arc<Notify> {
        let mut waiting = locked(&self.waiting);
        waiting.entry(id.to_string()).or_default().clone()
    }

    /// Nobody waits for that id any more.
    pub fn waits_no_more(&self, id: &Value) {
        locked(&self.waiting).remove(&id.to_string());
    }
}

/// Reads what a command takes.
pub fn arguments<T: DeserializeOwned>(command: Value) -> Result<T, Failure> {
    serde_json::from_value(command).map_err(|error| Failure::Fault(error.to_string()))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
