//! What a gRPC status says, as an [`Error`]: the server's own words where it gave some, else what became of the
//! connection.

use std::collections::BTreeMap;
use std::error::Error as StdError;

use tonic::{Status, TimeoutExpired};
use tonic_types::StatusExt;

use crate::error::{Error, Inner};
use crate::{Code, Reason};

const DOMAIN: &str = "keyvaluedb";

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        // Only a status that this side made has a source: the server's come from the wire.
        if status.source().is_some() {
            return lost(status);
        }
        let code = Code::from(status.code());
        let retry_after = status
            .get_details_retry_info()
            .and_then(|info| info.retry_delay);
        let (reason, metadata) = match status.get_details_error_info() {
            Some(info) if info.domain == DOMAIN => (
                Reason::from(info.reason.as_str()),
                info.metadata.into_iter().collect(),
            ),
            _ => (without_details(code), BTreeMap::new()),
        };
        Self::from_inner(Inner {
            reason,
            code,
            message: status.message().to_owned(),
            metadata,
            retry_after,
            source: None,
        })
    }
}

fn without_details(code: Code) -> Reason {
    match code {
        Code::DeadlineExceeded => Reason::DeadlineExceeded,
        Code::Cancelled => Reason::Cancelled,
        Code::Unavailable => Reason::Unreachable,
        _ => Reason::Other,
    }
}

/// The connection failed, could not be made or was silent for too long. tonic has several codes for that, which
/// depend on where it noticed; for a caller they are one.
fn lost(status: Status) -> Error {
    let mut message = String::new();
    let mut next = status.source();
    while let Some(cause) = next {
        if cause.is::<TimeoutExpired>() {
            return Error::deadline_exceeded();
        }
        // The last cause says the most: that the connection was refused, and not that there was an error.
        message = cause.to_string();
        next = cause.source();
    }
    Error::unreachable(message).with_source(status.into())
}
