//! The commands that are one call each: they read their arguments, make it, and tell what it answered.

use keyvaluedb_client::{Client, Expiration, Operation, ResultStream};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answers;
use crate::arguments::{self as args, CallOptions, duration, retries};
use crate::options::{say, with_options};
use crate::session::{Answer, Failure};

pub async fn set(client: &Client, wanted: args::Set, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.set(wanted.key, wanted.value.0), options);
    say!(call.expires, wanted.expiration.chosen());
    say!(call.only_if, wanted.precondition.map(Into::into));
    say!(call.content_type, wanted.content_type);
    say!(call.request_id, wanted.request_id);
    say!(call.return_previous if wanted.return_previous);
    Ok(answers::set(&call.await?))
}

pub async fn get(client: &Client, wanted: args::Get, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.get(wanted.key), options);
    say!(call.revision, wanted.revision);
    Ok(json!({ "entry": answers::optional_entry(call.await?.as_ref()) }))
}

pub async fn delete(client: &Client, wanted: args::Delete, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.delete(wanted.key), options);
    say!(call.only_if, wanted.precondition.map(Into::into));
    say!(call.request_id, wanted.request_id);
    say!(call.return_previous if wanted.return_previous);
    Ok(answers::delete(&call.await?))
}

pub async fn touch(client: &Client, wanted: args::Touch, options: &CallOptions) -> Answer {
    let expiration = wanted.expiration.chosen().unwrap_or(Expiration::Keep);
    let mut call = with_options!(client.touch(wanted.key, expiration), options);
    say!(call.only_if, wanted.precondition.map(Into::into));
    say!(call.request_id, wanted.request_id);
    say!(call.return_previous if wanted.return_previous);
    Ok(answers::touch(&call.await?))
}

pub async fn increment(client: &Client, wanted: args::Increment, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.increment(wanted.key, wanted.delta.0), options);
    say!(call.expires, wanted.expiration.chosen());
    say!(call.request_id, wanted.request_id);
    Ok(answers::increment(&call.await?))
}

#[derive(Deserialize)]
pub struct DeleteRange {
    range: Option<args::Range>,
    limit: Option<i32>,
    request_id: Option<String>,
}

pub async fn delete_range(client: &Client, wanted: DeleteRange, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.delete_range(args::range(wanted.range)), options);
    say!(call.limit, wanted.limit);
    say!(call.request_id, wanted.request_id);
    let answer = call.await?;
    Ok(json!({
        "revision": answer.revision,
        "deleted_count": answer.deleted_count,
        "more": answer.more,
        "replayed": answer.replayed,
    }))
}

#[derive(Deserialize)]
pub struct Listing {
    range: Option<args::Range>,
    page_size: Option<i32>,
    #[serde(default)]
    descending: bool,
    take: Option<usize>,
}

pub async fn list_keys(client: &Client, wanted: Listing, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.list_keys(args::range(wanted.range)), options);
    say!(call.page_size, wanted.page_size);
    say!(call.descending if wanted.descending);
    Ok(json!({ "keys": take(call.stream(), wanted.take).await? }))
}

pub async fn count_keys(client: &Client, wanted: Listing, options: &CallOptions) -> Answer {
    let call = with_options!(client.count_keys(args::range(wanted.range)), options);
    Ok(json!({ "count": call.await? }))
}

#[derive(Deserialize)]
pub struct Scan {
    range: Option<args::Range>,
    #[serde(default)]
    include_values: bool,
    filter: Option<String>,
    #[serde(default)]
    descending: bool,
    limit: Option<i64>,
    take: Option<usize>,
}

pub async fn scan(client: &Client, wanted: Scan, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.scan(args::range(wanted.range)), options);
    say!(call.filter, wanted.filter);
    say!(call.limit, wanted.limit);
    say!(call.include_values if wanted.include_values);
    say!(call.descending if wanted.descending);
    let entries = take(call.stream(), wanted.take).await?;
    Ok(json!({ "entries": answers::entries(&entries) }))
}

#[derive(Deserialize)]
pub struct Versions {
    key: String,
    page_size: Option<i32>,
    take: Option<usize>,
}

pub async fn list_versions(client: &Client, wanted: Versions, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.list_versions(wanted.key), options);
    say!(call.page_size, wanted.page_size);
    let entries = take(call.stream(), wanted.take).await?;
    Ok(json!({ "entries": answers::entries(&entries) }))
}

/// Reads so many, or all.
async fn take<T>(mut stream: ResultStream<T>, most: Option<usize>) -> Result<Vec<T>, Failure> {
    let mut taken = Vec::new();
    while most.is_none_or(|most| taken.len() < most) {
        match stream.try_next().await? {
            Some(item) => taken.push(item),
            None => break,
        }
    }
    Ok(taken)
}

#[derive(Deserialize)]
pub struct Transact {
    #[serde(default)]
    conditions: Vec<args::ConditionOf>,
    #[serde(default)]
    then: Vec<args::Step>,
    #[serde(default)]
    otherwise: Vec<args::Step>,
    request_id: Option<String>,
}

pub async fn transact(client: &Client, wanted: Transact, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.transact(), options);
    for condition in wanted.conditions {
        call = call.when(condition.into());
    }
    for step in wanted.then {
        call = call.then(Operation::from(step));
    }
    for step in wanted.otherwise {
        call = call.otherwise(Operation::from(step));
    }
    say!(call.request_id, wanted.request_id);
    let answer = call.await?;
    Ok(json!({
        "revision": answer.revision,
        "succeeded": answer.succeeded,
        "results": answer.results.iter().map(answers::result).collect::<Value>(),
        "replayed": answer.replayed,
    }))
}
