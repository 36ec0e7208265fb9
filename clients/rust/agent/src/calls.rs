//! The commands: each reads its arguments, makes one call of the client, and tells what it answered.

use std::sync::Arc;

use futures_util::future::try_join_all;
use keyvaluedb_client::{Client, Expiration, Operation, ResultStream, Tls};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::{self as args, Base64, CallOptions, duration, retries};
use crate::session::{Answer, Failure, Session, arguments};
use crate::streams::{Enough, Follower};
use crate::{answers, codecs, transactions};

/// Sets the options of one call, where the command says some.
macro_rules! with_options {
    ($call:expr, $options:expr) => {{
        let mut call = $call;
        if let Some(deadline) = $options.deadline_ms {
            call = call.deadline(duration(deadline));
        }
        if let Some(on) = $options.retries {
            call = call.retries(retries(on));
        }
        call
    }};
}

/// Says something to a builder, if there is something to say.
macro_rules! say {
    ($call:ident.$method:ident, $value:expr) => {
        if let Some(value) = $value {
            $call = $call.$method(value);
        }
    };
    ($call:ident.$method:ident if $wanted:expr) => {
        if $wanted {
            $call = $call.$method();
        }
    };
}

impl Session {
    /// Does a command.
    pub async fn run(&self, command: Value) -> Answer {
        let name = command["do"].as_str().unwrap_or_default().to_owned();
        if name == "open" {
            return self.open(arguments(command)?);
        }
        let options: CallOptions = arguments(command.clone())?;
        match name.as_str() {
            "next" => return self.next(command).await,
            "end" => return self.end(command).await,
            "encode" => return encode(arguments(command)?),
            "decode" => return decode(arguments(command)?),
            _ => {}
        }
        let client = self.client()?;
        match name.as_str() {
            "close" => {
                client.close();
                Ok(json!({}))
            }
            "set" => set(&client, arguments(command)?, &options).await,
            "get" => get(&client, arguments(command)?, &options).await,
            "delete" => delete(&client, arguments(command)?, &options).await,
            "touch" => touch(&client, arguments(command)?, &options).await,
            "increment" => increment(&client, arguments(command)?, &options).await,
            "delete_range" => delete_range(&client, arguments(command)?, &options).await,
            "list_keys" => list_keys(&client, arguments(command)?, &options).await,
            "count_keys" => count_keys(&client, arguments(command)?, &options).await,
            "scan" => scan(&client, arguments(command)?, &options).await,
            "list_versions" => list_versions(&client, arguments(command)?, &options).await,
            "transact" => transact(&client, arguments(command)?, &options).await,
            "transaction" => {
                let wanted = arguments(command)?;
                transactions::run(self, &client, &wanted, &options).await
            }
            "watch" => self.watch(&client, arguments(command)?, &options).await,
            "watch_expirations" => {
                let wanted = arguments(command)?;
                self.watch_expirations(&client, wanted, &options).await
            }
            "set_value" => set_value(&client, arguments(command)?, &options).await,
            "get_value" => get_value(&client, arguments(command)?, &options).await,
            "many" => many(&client, arguments(command)?).await,
            _ => admin(&client, &name, &command, &options).await,
        }
    }

    fn open(&self, wanted: args::Open) -> Answer {
        let mut builder = Client::builder(wanted.address);
        let options = wanted.options;
        say!(builder.deadline, options.deadline_ms.map(duration));
        say!(builder.keepalive, options.keepalive_ms.map(duration));
        say!(
            builder.keepalive_timeout,
            options.keepalive_timeout_ms.map(duration)
        );
        say!(builder.retries, options.retries.map(retries));
        if let Some(wanted) = options.tls {
            let mut tls = wanted.ca_file.map_or_else(Tls::system, Tls::pem_file);
            say!(tls.server_name, wanted.server_name);
            builder = builder.tls(tls);
        }
        self.replace(builder.build()?);
        Ok(json!({}))
    }

    async fn watch(&self, client: &Client, wanted: Watch, options: &CallOptions) -> Answer {
        let mut ranges = wanted.ranges.unwrap_or_default().into_iter();
        let mut call = client.watch(args::range(ranges.next()));
        for range in ranges {
            call = call.also(args::range(Some(range)));
        }
        call = call.start(args::start(wanted.start));
        say!(call.include_previous if wanted.include_previous);
        say!(
            call.progress_interval,
            wanted.progress_interval_ms.map(duration)
        );
        say!(call.deadline, options.deadline_ms.map(duration));
        if let Some(kinds) = wanted.kinds {
            call = call.kinds(kinds.into_iter().map(Into::into));
        }
        let follower = Follower::new("events", call.stream());
        self.first_of(wanted.stream, follower).await
    }

    async fn watch_expirations(
        &self,
        client: &Client,
        wanted: WatchExpirations,
        options: &CallOptions,
    ) -> Answer {
        let mut call = client.watch_expirations(args::range(wanted.range));
        call = call.start(args::start(wanted.start));
        say!(call.include_value if wanted.include_value);
        say!(
            call.progress_interval,
            wanted.progress_interval_ms.map(duration)
        );
        say!(call.deadline, options.deadline_ms.map(duration));
        let follower = Follower::new("expirations", call.stream());
        self.first_of(wanted.stream, follower).await
    }

    async fn first_of(&self, name: String, follower: Follower) -> Answer {
        let follower = Arc::new(follower);
        self.follow(name, follower.clone());
        follower.next(&Enough::default()).await
    }

    async fn next(&self, command: Value) -> Answer {
        let stream: OfStream = arguments(command.clone())?;
        let enough: Enough = arguments(command)?;
        self.follower(&stream.stream)?.next(&enough).await
    }

    async fn end(&self, command: Value) -> Answer {
        let stream: OfStream = arguments(command)?;
        self.follower(&stream.stream)?.end().await;
        Ok(json!({}))
    }
}

async fn set(client: &Client, wanted: args::Set, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.set(wanted.key, wanted.value.0), options);
    say!(call.expires, wanted.expiration.chosen());
    say!(call.only_if, wanted.precondition.map(Into::into));
    say!(call.content_type, wanted.content_type);
    say!(call.request_id, wanted.request_id);
    say!(call.return_previous if wanted.return_previous);
    Ok(answers::set(&call.await?))
}

async fn get(client: &Client, wanted: args::Get, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.get(wanted.key), options);
    say!(call.revision, wanted.revision);
    Ok(json!({ "entry": answers::optional_entry(call.await?.as_ref()) }))
}

async fn delete(client: &Client, wanted: args::Delete, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.delete(wanted.key), options);
    say!(call.only_if, wanted.precondition.map(Into::into));
    say!(call.request_id, wanted.request_id);
    say!(call.return_previous if wanted.return_previous);
    Ok(answers::delete(&call.await?))
}

async fn touch(client: &Client, wanted: args::Touch, options: &CallOptions) -> Answer {
    let expiration = wanted.expiration.chosen().unwrap_or(Expiration::Keep);
    let mut call = with_options!(client.touch(wanted.key, expiration), options);
    say!(call.only_if, wanted.precondition.map(Into::into));
    say!(call.request_id, wanted.request_id);
    say!(call.return_previous if wanted.return_previous);
    Ok(answers::touch(&call.await?))
}

async fn increment(client: &Client, wanted: args::Increment, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.increment(wanted.key, wanted.delta.0), options);
    say!(call.expires, wanted.expiration.chosen());
    say!(call.request_id, wanted.request_id);
    Ok(answers::increment(&call.await?))
}

#[derive(Deserialize)]
struct DeleteRange {
    range: Option<args::Range>,
    limit: Option<i32>,
    request_id: Option<String>,
}

async fn delete_range(client: &Client, wanted: DeleteRange, options: &CallOptions) -> Answer {
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
struct Listing {
    range: Option<args::Range>,
    page_size: Option<i32>,
    #[serde(default)]
    descending: bool,
    take: Option<usize>,
}

async fn list_keys(client: &Client, wanted: Listing, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.list_keys(args::range(wanted.range)), options);
    say!(call.page_size, wanted.page_size);
    say!(call.descending if wanted.descending);
    Ok(json!({ "keys": take(call.stream(), wanted.take).await? }))
}

async fn count_keys(client: &Client, wanted: Listing, options: &CallOptions) -> Answer {
    let call = with_options!(client.count_keys(args::range(wanted.range)), options);
    Ok(json!({ "count": call.await? }))
}

#[derive(Deserialize)]
struct Scan {
    range: Option<args::Range>,
    #[serde(default)]
    include_values: bool,
    filter: Option<String>,
    #[serde(default)]
    descending: bool,
    limit: Option<i64>,
    take: Option<usize>,
}

async fn scan(client: &Client, wanted: Scan, options: &CallOptions) -> Answer {
    let mut call = with_options!(client.scan(args::range(wanted.range)), options);
    say!(call.filter, wanted.filter);
    say!(call.limit, wanted.limit);
    say!(call.include_values if wanted.include_values);
    say!(call.descending if wanted.descending);
    let entries = take(call.stream(), wanted.take).await?;
    Ok(json!({ "entries": answers::entries(&entries) }))
}

#[derive(Deserialize)]
struct Versions {
    key: String,
    page_size: Option<i32>,
    take: Option<usize>,
}

async fn list_versions(client: &Client, wanted: Versions, options: &CallOptions) -> Answer {
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
struct Transact {
    #[serde(default)]
    conditions: Vec<args::ConditionOf>,
    #[serde(default)]
    then: Vec<args::Step>,
    #[serde(default)]
    otherwise: Vec<args::Step>,
    request_id: Option<String>,
}

async fn transact(client: &Client, wanted: Transact, options: &CallOptions) -> Answer {
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

#[derive(Deserialize)]
struct OfStream {
    stream: String,
}

#[derive(Deserialize)]
struct Watch {
    stream: String,
    ranges: Option<Vec<args::Range>>,
    start: Option<args::Start>,
    kinds: Option<Vec<args::Kind>>,
    #[serde(default)]
    include_previous: bool,
    progress_interval_ms: Option<i64>,
}

#[derive(Deserialize)]
struct WatchExpirations {
    stream: String,
    range: Option<args::Range>,
    start: Option<args::Start>,
    #[serde(default)]
    include_value: bool,
    progress_interval_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Encode {
    codec: String,
    value: Value,
}

fn encode(wanted: Encode) -> Answer {
    let codec = codecs::by_name(&wanted.codec)?;
    let encoded = keyvaluedb_client::Value::encode(&codec, &wanted.value)?;
    Ok(json!({
        "bytes": answers::base64(encoded.bytes()),
        "content_type": encoded.content_type(),
    }))
}

#[derive(Deserialize)]
struct Decode {
    codec: String,
    bytes: Base64,
    #[serde(default)]
    content_type: String,
}

fn decode(wanted: Decode) -> Answer {
    let codec = codecs::by_name(&wanted.codec)?;
    let value = keyvaluedb_client::codec::decode(&codec, &wanted.content_type, &wanted.bytes.0)?;
    Ok(json!({ "value": value }))
}

#[derive(Deserialize)]
struct SetValue {
    key: String,
    codec: String,
    value: Value,
    #[serde(flatten)]
    expiration: args::ExpirationChoice,
}

async fn set_value(client: &Client, wanted: SetValue, options: &CallOptions) -> Answer {
    let view = client.typed(codecs::by_name(&wanted.codec)?);
    let mut call = with_options!(view.set(wanted.key, &wanted.value), options);
    say!(call.expires, wanted.expiration.chosen());
    Ok(answers::set(&call.await?))
}

#[derive(Deserialize)]
struct GetValue {
    key: String,
    codec: Option<String>,
}

async fn get_value(client: &Client, wanted: GetValue, options: &CallOptions) -> Answer {
    let entry = match wanted.codec {
        Some(name) => {
            let view = client.typed(codecs::by_name(&name)?);
            with_options!(view.get(wanted.key), options).await?
        }
        None => match with_options!(client.get(wanted.key), options).await? {
            Some(entry) => {
                let codec = codecs::by_content_type(&entry.content_type)?;
                Some(entry.decode(&codec)?)
            }
            None => None,
        },
    };
    Ok(match entry {
        Some(entry) => json!({ "value": entry.value, "content_type": entry.content_type }),
        None => json!({ "value": null }),
    })
}

#[derive(Deserialize)]
struct Many {
    call: String,
    prefix: String,
    count: u32,
}

async fn many(client: &Client, wanted: Many) -> Answer {
    let each = (0..wanted.count).map(|number| {
        let key = format!("{}{number}", wanted.prefix);
        let call = wanted.call.as_str();
        async move {
            match call {
                "set" => {
                    client.set(key, number.to_string()).await?;
                    Ok(0)
                }
                "get" => {
                    client.get(key).await?;
                    Ok(0)
                }
                "increment" => Ok(client.increment(key, 1).await?.value),
                other => Err(Failure::Fault(format!("no call {other}"))),
            }
        }
    });
    let values: Vec<i64> = try_join_all(each).await?;
    Ok(json!({ "count": values.len(), "sum": values.iter().sum::<i64>() }))
}

async fn admin(client: &Client, name: &str, command: &Value, options: &CallOptions) -> Answer {
    match name {
        "status" => {
            let status = with_options!(client.status(), options).await?;
            Ok(json!({
                "revision": status.revision,
                "key_count": status.key_count,
                "version": status.version,
            }))
        }
        "snapshot" => {
            let snapshot = with_options!(client.snapshot(), options).await?;
            Ok(json!({
                "snapshot_id": snapshot.snapshot_id,
                "revision": snapshot.revision,
                "key_count": snapshot.key_count,
            }))
        }
        "compact" => {
            let answer = with_options!(client.compact(), options).await?;
            Ok(json!({ "segments_after": answer.segments_after }))
        }
        "list_snapshots" => {
            let snapshots = with_options!(client.list_snapshots(), options).await?;
            let named = snapshots.iter();
            let named = named.map(|snapshot| json!({ "snapshot_id": snapshot.snapshot_id }));
            Ok(json!({ "snapshots": named.collect::<Value>() }))
        }
        "delete_snapshot" => {
            let id = command["snapshot_id"].as_str().unwrap_or_default();
            let deleted = with_options!(client.delete_snapshot(id), options).await?;
            Ok(json!({ "deleted": deleted }))
        }
        other => Err(Failure::Fault(format!("do not know how to do {other:?}"))),
    }
}
