//! What the client answers, in the words of the protocol.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyvaluedb_client::{
    DeleteResponse, Entry, Error, Event, EventKind, ExpirationCause, Expired, IncrementResponse,
    OperationResult, Progress, SetResponse, TouchResponse,
};
use serde_json::{Value, json};

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Milliseconds since 1970; null where there is no time.
pub fn ms(time: Option<SystemTime>) -> Value {
    let Some(time) = time else {
        return Value::Null;
    };
    let (distance, sign) = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => (after, 1),
        Err(before) => (before.duration(), -1),
    };
    json!(i64::try_from(distance.as_millis()).unwrap_or(i64::MAX) * sign)
}

pub fn error(error: &Error) -> Value {
    json!({
        "reason": error.reason().as_str(),
        "code": error.code().as_str(),
        "message": error.message(),
        "metadata": error.metadata(),
        "retry_after_ms": error.retry_after().map(|after| after.as_millis().try_into().unwrap_or(u64::MAX)),
    })
}

pub fn entry(entry: &Entry) -> Value {
    json!({
        "key": entry.key,
        "value": base64(&entry.value),
        "revision": entry.revision,
        "create_revision": entry.create_revision,
        "version": entry.version,
        "expire_time_ms": ms(entry.expire_time),
        "update_time_ms": ms(entry.update_time),
        "content_type": entry.content_type,
    })
}

pub fn optional_entry(found: Option<&Entry>) -> Value {
    found.map_or(Value::Null, entry)
}

pub fn entries(all: &[Entry]) -> Value {
    all.iter().map(entry).collect()
}

pub fn set(answer: &SetResponse) -> Value {
    json!({
        "revision": answer.revision,
        "expire_time_ms": ms(answer.expire_time),
        "previous": optional_entry(answer.previous.as_ref()),
        "replayed": answer.replayed,
    })
}

pub fn delete(answer: &DeleteResponse) -> Value {
    json!({
        "revision": answer.revision,
        "deleted": answer.deleted,
        "previous": optional_entry(answer.previous.as_ref()),
        "replayed": answer.replayed,
    })
}

pub fn touch(answer: &TouchResponse) -> Value {
    json!({
        "revision": answer.revision,
        "touched": answer.touched,
        "expire_time_ms": ms(answer.expire_time),
        "previous": optional_entry(answer.previous.as_ref()),
        "replayed": answer.replayed,
    })
}

pub fn increment(answer: &IncrementResponse) -> Value {
    json!({
        "revision": answer.revision,
        "value": answer.value.to_string(),
        "expire_time_ms": ms(answer.expire_time),
        "replayed": answer.replayed,
    })
}

pub fn result(result: &OperationResult) -> Value {
    match result {
        OperationResult::Set(answer) => json!({ "set": set(answer) }),
        OperationResult::Get(found) => {
            json!({ "get": { "entry": optional_entry(found.as_ref()) } })
        }
        OperationResult::Delete(answer) => json!({ "delete": delete(answer) }),
        OperationResult::Touch(answer) => json!({ "touch": touch(answer) }),
        OperationResult::Increment(answer) => json!({ "increment": increment(answer) }),
        other => json!({ "unknown": format!("{other:?}") }),
    }
}

pub fn progress(progress: Option<&Progress>) -> Value {
    progress.map_or(
        Value::Null,
        |progress| json!({ "revision": progress.revision, "time_ms": ms(progress.time) }),
    )
}

pub fn event(event: &Event) -> Value {
    let kind = match event.kind {
        EventKind::Set => "SET",
        EventKind::Delete => "DELETE",
        EventKind::Expire => "EXPIRE",
        EventKind::Touch => "TOUCH",
        _ => "UNKNOWN",
    };
    json!({
        "kind": kind,
        "revision": event.revision,
        "index": event.index,
        "entry": entry(&event.entry),
        "previous": optional_entry(event.previous.as_ref()),
        "previous_omitted": event.previous_omitted,
        "value_omitted": event.value_omitted,
        "commit_time_ms": ms(event.commit_time),
    })
}

pub fn expiration(expired: &Expired) -> Value {
    let cause = match expired.cause {
        ExpirationCause::Deadline => "DEADLINE",
        ExpirationCause::DeadlineWhileDown => "DEADLINE_WHILE_DOWN",
        _ => "UNKNOWN",
    };
    json!({
        "revision": expired.revision,
        "index": expired.index,
        "key": expired.key,
        "value": expired.value.as_deref().map(base64),
        "value_size": expired.value_size,
        "expire_time_ms": ms(expired.expire_time),
        "commit_time_ms": ms(expired.commit_time),
        "cause": cause,
        "content_type": expired.content_type,
        "value_omitted": expired.value_omitted,
    })
}
