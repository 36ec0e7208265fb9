//! Sessions that end by themselves, and a program that acts when they do.
//!
//! Start a server with `make run` in the project, then `cargo run --example sessions`.

use std::time::Duration;

use keyvaluedb_client::{Client, DEFAULT_ADDRESS, Error, KeyRange};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let address = std::env::args().nth(1);
    let client = Client::connect(address.as_deref().unwrap_or(DEFAULT_ADDRESS))?;

    // Followed from before the first session begins, so that none is missed.
    let ended = client
        .watch_expirations(KeyRange::prefix("session/"))
        .include_value();
    let mut ended = ended.stream();
    ended.try_next().await?;

    for (number, name) in ["ada", "grace", "edsger"].into_iter().enumerate() {
        let ttl = Duration::from_millis(500 * (number as u64 + 1));
        let begun = client.set(format!("session/{name}"), name).ttl(ttl).await?;
        println!("{name} begins, revision {}, for {ttl:?}", begun.revision);
    }
    client
        .touch("session/ada", Duration::from_millis(1800))
        .if_value("ada")
        .await?;
    println!("ada stays longer");

    let mut left = 3;
    while left > 0 {
        let Some(message) = ended.try_next().await? else {
            break;
        };
        for session in message.expirations {
            let name = session.value.unwrap_or_default();
            let name = String::from_utf8_lossy(&name);
            println!("{name} has ended, revision {}", session.revision);
            left -= 1;
        }
    }
    Ok(())
}
