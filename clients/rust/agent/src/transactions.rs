//! The function that transactions are given.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use keyvaluedb_client::{Client, Transaction};
use serde_json::json;

use crate::arguments::{CallOptions, TransactionOf, duration};
use crate::session::{Answer, Failure, Session};

/// Adds and writes in a transaction; at the end of each attempt it waits to be let go.
pub async fn run(
    session: &Session,
    client: &Client,
    wanted: &TransactionOf,
    options: &CallOptions,
) -> Answer {
    let let_go = session.waiting_for(&wanted.id);
    let attempts = AtomicU32::new(0);
    let (let_go, count) = (&let_go, &attempts);
    let mut call = client.transaction(|transaction| async move {
        let attempt = count.fetch_add(1, Ordering::Relaxed) + 1;
        let values = add_and_write(&transaction, wanted).await?;
        session.tell(&json!({ "id": wanted.id, "attempt": attempt }));
        let_go.notified().await;
        if wanted.fail {
            return Err(Failure::Said(json!({ "reason": "FUNCTION_FAILED" })));
        }
        Ok(values)
    });
    if let Some(attempts) = wanted.attempts {
        call = call.attempts(attempts);
    }
    if let Some(deadline) = options.deadline_ms {
        call = call.deadline(duration(deadline));
    }
    let values = call.await;
    session.waits_no_more(&wanted.id);
    Ok(json!({ "attempts": attempts.load(Ordering::Relaxed), "values": values? }))
}

async fn add_and_write(
    transaction: &Transaction,
    wanted: &TransactionOf,
) -> Result<BTreeMap<String, i64>, Failure> {
    let mut values = BTreeMap::new();
    for (key, delta) in &wanted.add {
        let before = match transaction.get(key).await? {
            None => 0,
            Some(entry) => std::str::from_utf8(&entry.value)
                .ok()
                .and_then(|text| text.parse::<i64>().ok())
                .ok_or_else(|| Failure::Fault(format!("{key} holds no number")))?,
        };
        let sum = before + delta;
        transaction.set(key, sum.to_string());
        values.insert(key.clone(), sum);
    }
    for (key, text) in &wanted.write {
        transaction.set(key, text.as_str());
    }
    Ok(values)
}
