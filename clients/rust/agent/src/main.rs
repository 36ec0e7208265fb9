//! The agent of this client: it reads lines of JSON that say what to call, and writes lines that say what was answered.
//! The protocol is told in `clients/conformance/README.md`.

mod answers;
mod arguments;
mod calls;
mod codecs;
mod commands;
mod options;
mod session;
mod store;
mod streams;
mod transactions;
mod values;
mod wire;

use std::io::Write;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, stdin};

use crate::session::Session;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let session = Arc::new(Session::new(say));
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        match serde_json::from_str::<Value>(&line) {
            Ok(command) => {
                let session = session.clone();
                tokio::spawn(async move { session.answer(command).await });
            }
            Err(error) => eprintln!("no line of JSON: {error}: {line}"),
        }
    }
    Ok(())
}

/// Writes a whole line at once, and at once. Where nobody hears it any more, there is nobody to tell.
fn say(line: &Value) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
