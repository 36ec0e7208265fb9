//! The commands about the store as a whole, and the one that makes many calls at once.

use futures_util::future::try_join_all;
use keyvaluedb_client::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::{CallOptions, duration, retries};
use crate::options::with_options;
use crate::session::{Answer, Failure};

#[derive(Deserialize)]
pub struct Many {
    call: String,
    prefix: String,
    count: u32,
}

pub async fn many(client: &Client, wanted: Many) -> Answer {
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

pub async fn admin(client: &Client, name: &str, command: &Value, options: &CallOptions) -> Answer {
    match name {
        "status" => {
            let status = with_options!(client.status(), options).await?;
            let own = status
                .methods
                .iter()
                .find(|each| each.method == "GetStatus");
            Ok(json!({
                "status_calls": own.map_or(0, |each| each.call_count),
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
