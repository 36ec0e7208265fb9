//! The steps of a transaction: what each does, and what it answers.

use crate::calls::{
    DeleteResponse, IncrementResponse, SetResponse, TouchResponse, delete, increment, set, touch,
};
use crate::{Code, Entry, Error, Expiration, Reason, Value, proto};

/// One step of a transaction.
///
/// ```
/// # use std::time::Duration;
/// # use keyvaluedb_client::Operation;
/// let step = Operation::set("lock/7", "me").expires(Duration::from_secs(30));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Operation(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Set(set::Change),
    Get(String),
    Delete(delete::Change),
    Touch(touch::Change),
    Increment(increment::Change),
}

impl Operation {
    /// Sets a key. Without an expiration, one that the key had is cleared.
    pub fn set(key: impl Into<String>, value: impl Into<Value>) -> Self {
        Self(Kind::Set(set::Change::new(key.into(), value.into())))
    }

    /// Reads a key, as the steps before this one have left it.
    pub fn get(key: impl Into<String>) -> Self {
        Self(Kind::Get(key.into()))
    }

    /// Deletes a key.
    pub fn delete(key: impl Into<String>) -> Self {
        Self(Kind::Delete(delete::Change::new(key.into())))
    }

    /// Changes when a key expires.
    pub fn touch(key: impl Into<String>, expiration: impl Into<Expiration>) -> Self {
        Self(Kind::Touch(touch::Change::new(
            key.into(),
            expiration.into(),
        )))
    }

    /// Adds to the number that a key holds as decimal text, and makes the key where it is absent.
    pub fn increment(key: impl Into<String>, delta: i64) -> Self {
        Self(Kind::Increment(increment::Change::new(key.into(), delta)))
    }

    /// When the key that is set, touched or made expires. Of a get and a delete it means nothing.
    pub fn expires(mut self, expiration: impl Into<Expiration>) -> Self {
        let expiration = expiration.into();
        match &mut self.0 {
            Kind::Set(change) => change.expiration = expiration,
            Kind::Touch(change) => change.expiration = expiration,
            Kind::Increment(change) => change.expiration = expiration,
            Kind::Get(_) | Kind::Delete(_) => {}
        }
        self
    }

    /// What the value is that is set, instead of what its codec said. Of other steps it means nothing.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        if let Kind::Set(change) = &mut self.0 {
            change.value.content_type = content_type.into();
        }
        self
    }

    /// Answer with the entry as it was before. Of a get and an increment it means nothing.
    pub fn return_previous(mut self) -> Self {
        match &mut self.0 {
            Kind::Set(change) => change.return_previous = true,
            Kind::Delete(change) => change.return_previous = true,
            Kind::Touch(change) => change.return_previous = true,
            Kind::Get(_) | Kind::Increment(_) => {}
        }
        self
    }

    /// The key that it is about.
    #[must_use]
    pub fn key(&self) -> &str {
        match &self.0 {
            Kind::Set(change) => &change.key,
            Kind::Get(key) => key,
            Kind::Delete(change) => &change.key,
            Kind::Touch(change) => &change.key,
            Kind::Increment(change) => &change.key,
        }
    }

    pub(crate) fn into_proto(self) -> proto::Operation {
        use proto::operation::Operation;
        let operation = match self.0 {
            Kind::Set(change) => Operation::Set(change.into_proto()),
            Kind::Get(key) => Operation::Get(proto::GetRequest { key, revision: 0 }),
            Kind::Delete(change) => Operation::Delete(change.into_proto()),
            Kind::Touch(change) => Operation::Touch(change.into_proto()),
            Kind::Increment(change) => Operation::Increment(change.into_proto()),
        };
        proto::Operation {
            operation: Some(operation),
        }
    }
}

/// What one step of a transaction answers, of its own kind.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OperationResult {
    /// What a set answers.
    Set(SetResponse),
    /// What a get answers: None if the key is absent.
    Get(Option<Entry>),
    /// What a delete answers.
    Delete(DeleteResponse),
    /// What a touch answers.
    Touch(TouchResponse),
    /// What an increment answers.
    Increment(IncrementResponse),
}

impl OperationResult {
    pub(crate) fn from_proto(result: proto::OperationResult) -> Result<Self, Error> {
        use proto::operation_result::Result as Answer;
        match result.result {
            Some(Answer::Set(answer)) => Ok(Self::Set(answer.into())),
            Some(Answer::Get(answer)) => Ok(Self::Get(answer.entry.map(Entry::from))),
            Some(Answer::Delete(answer)) => Ok(Self::Delete(answer.into())),
            Some(Answer::Touch(answer)) => Ok(Self::Touch(answer.into())),
            Some(Answer::Increment(answer)) => Ok(Self::Increment(answer.into())),
            // A transaction fails as a whole, and never answers a step with an error.
            Some(Answer::Error(_)) | None => Err(Error::new(
                Reason::Other,
                Code::Internal,
                "the server answered a step of a transaction with nothing that this client knows",
            )),
        }
    }
}
