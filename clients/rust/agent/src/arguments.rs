//! What commands take, in the words of the protocol, and what those are in the words of the client.

use std::collections::BTreeMap;

use keyvaluedb_client::{
    Condition, EventKind, Expiration, KeyRange, Operation, Precondition, Retries, StartPosition,
};
use serde::Deserialize;
use serde_json::Value;

pub use crate::wire::{Base64, Decimal, duration, moment};

#[derive(Debug, Default, Deserialize)]
pub struct CallOptions {
    pub deadline_ms: Option<i64>,
    pub retries: Option<bool>,
}

pub fn retries(on: bool) -> Retries {
    if on { Retries::On } else { Retries::Off }
}

#[derive(Debug, Deserialize)]
pub struct Open {
    pub address: String,
    #[serde(default)]
    pub options: OpenOptions,
}

#[derive(Debug, Default, Deserialize)]
pub struct OpenOptions {
    pub deadline_ms: Option<i64>,
    pub keepalive_ms: Option<i64>,
    pub keepalive_timeout_ms: Option<i64>,
    pub retries: Option<bool>,
    pub tls: Option<TlsOptions>,
}

#[derive(Debug, Deserialize)]
pub struct TlsOptions {
    pub ca_file: Option<String>,
    pub server_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct ExpirationChoice {
    ttl_ms: Option<i64>,
    expire_time_ms: Option<i64>,
    #[serde(default)]
    keep_expiration: bool,
    #[serde(default)]
    persist: bool,
}

impl ExpirationChoice {
    pub fn chosen(&self) -> Option<Expiration> {
        if let Some(ttl) = self.ttl_ms {
            return Some(Expiration::Ttl(duration(ttl)));
        }
        if let Some(time) = self.expire_time_ms {
            return Some(Expiration::At(moment(time)));
        }
        if self.keep_expiration {
            return Some(Expiration::Keep);
        }
        self.persist.then_some(Expiration::Never)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    Exists(bool),
    Revision(i64),
    Value(Base64),
}

impl From<Check> for Precondition {
    fn from(check: Check) -> Self {
        match check {
            Check::Exists(true) => Self::Present,
            Check::Exists(false) => Self::Absent,
            Check::Revision(revision) => Self::Revision(revision),
            Check::Value(value) => Self::Value(value.0),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct ConditionOf {
    key: String,
    #[serde(flatten)]
    check: Check,
}

impl From<ConditionOf> for Condition {
    fn from(condition: ConditionOf) -> Self {
        Self::new(condition.key, condition.check.into())
    }
}

#[derive(Debug, Deserialize)]
pub struct Set {
    pub key: String,
    #[serde(default)]
    pub value: Base64,
    #[serde(flatten)]
    pub expiration: ExpirationChoice,
    pub precondition: Option<Check>,
    #[serde(default)]
    pub return_previous: bool,
    pub content_type: Option<String>,
    pub request_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Get {
    pub key: String,
    pub revision: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub struct Delete {
    pub key: String,
    pub precondition: Option<Check>,
    #[serde(default)]
    pub return_previous: bool,
    pub request_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Touch {
    pub key: String,
    #[serde(flatten)]
    pub expiration: ExpirationChoice,
    pub precondition: Option<Check>,
    #[serde(default)]
    pub return_previous: bool,
    pub request_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Increment {
    pub key: String,
    pub delta: Decimal,
    #[serde(flatten)]
    pub expiration: ExpirationChoice,
    pub request_id: Option<String>,
}

/// A step of a transaction.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Set(Set),
    Get(Get),
    Delete(Delete),
    Touch(Touch),
    Increment(Increment),
}

impl From<Step> for Operation {
    fn from(step: Step) -> Self {
        match step {
            Step::Get(get) => Self::get(get.key),
            Step::Delete(delete) => with_previous(Self::delete(delete.key), delete.return_previous),
            Step::Set(set) => {
                let mut operation = Self::set(set.key, set.value.0);
                if let Some(expiration) = set.expiration.chosen() {
                    operation = operation.expires(expiration);
                }
                if let Some(content_type) = set.content_type {
                    operation = operation.content_type(content_type);
                }
                with_previous(operation, set.return_previous)
            }
            Step::Touch(touch) => {
                let expiration = touch.expiration.chosen().unwrap_or(Expiration::Keep);
                with_previous(Self::touch(touch.key, expiration), touch.return_previous)
            }
            Step::Increment(increment) => {
                let operation = Self::increment(increment.key, increment.delta.0);
                match increment.expiration.chosen() {
                    Some(expiration) => operation.expires(expiration),
                    None => operation,
                }
            }
        }
    }
}

fn with_previous(operation: Operation, wanted: bool) -> Operation {
    if wanted {
        operation.return_previous()
    } else {
        operation
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Range {
    Prefix(String),
    Glob(String),
    Interval {
        #[serde(default)]
        start: String,
        #[serde(default)]
        end: String,
    },
}

/// An absent range is everything.
pub fn range(range: Option<Range>) -> KeyRange {
    match range {
        None => KeyRange::All,
        Some(Range::Prefix(prefix)) => KeyRange::prefix(prefix),
        Some(Range::Glob(pattern)) => KeyRange::glob(pattern),
        Some(Range::Interval { start, end }) => KeyRange::interval(start, end),
    }
}

#[derive(Debug, Deserialize)]
pub struct Start {
    revision: Option<i64>,
    resume_token: Option<String>,
    #[serde(default)]
    current_state: bool,
}

/// An absent position is now, and so is one that says `now`.
pub fn start(start: Option<Start>) -> StartPosition {
    match start {
        Some(Start {
            current_state: true,
            ..
        }) => StartPosition::CurrentState,
        Some(Start {
            revision: Some(revision),
            ..
        }) => StartPosition::Revision(revision),
        Some(Start {
            resume_token: Some(token),
            ..
        }) => StartPosition::After(token),
        _ => StartPosition::Now,
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    Set,
    Delete,
    Expire,
    Touch,
}

impl From<Kind> for EventKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Set => Self::Set,
            Kind::Delete => Self::Delete,
            Kind::Expire => Self::Expire,
            Kind::Touch => Self::Touch,
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct TransactionOf {
    pub id: Value,
    #[serde(default)]
    pub add: BTreeMap<String, i64>,
    #[serde(default)]
    pub write: BTreeMap<String, String>,
    pub attempts: Option<u32>,
    #[serde(default)]
    pub fail: bool,
}
