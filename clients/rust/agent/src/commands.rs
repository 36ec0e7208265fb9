//! The commands by their names, and those that change the session.

use std::sync::Arc;

use keyvaluedb_client::{Client, Tls};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::arguments::{self as args, CallOptions, duration, retries};
use crate::options::say;
use crate::session::{Answer, Session, arguments};
use crate::streams::{Enough, Follower};
use crate::{calls, store, transactions, values};

/// Which client this is, and what compiled it, where the Makefile did.
fn hello() -> Value {
    let rustc = option_env!("AGENT_RUSTC").unwrap_or("rust");
    json!({ "version": env!("CARGO_PKG_VERSION"), "runtime": rustc })
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
            "hello" => return Ok(hello()),
            "next" => return self.next(command).await,
            "end" => return self.end(command).await,
            "encode" => return values::encode(&arguments(command)?),
            "decode" => return values::decode(&arguments(command)?),
            _ => {}
        }
        let client = self.client()?;
        match name.as_str() {
            "close" => {
                client.close();
                Ok(json!({}))
            }
            "set" => calls::set(&client, arguments(command)?, &options).await,
            "get" => calls::get(&client, arguments(command)?, &options).await,
            "delete" => calls::delete(&client, arguments(command)?, &options).await,
            "touch" => calls::touch(&client, arguments(command)?, &options).await,
            "increment" => calls::increment(&client, arguments(command)?, &options).await,
            "delete_range" => calls::delete_range(&client, arguments(command)?, &options).await,
            "list_keys" => calls::list_keys(&client, arguments(command)?, &options).await,
            "count_keys" => calls::count_keys(&client, arguments(command)?, &options).await,
            "scan" => calls::scan(&client, arguments(command)?, &options).await,
            "list_versions" => calls::list_versions(&client, arguments(command)?, &options).await,
            "transact" => calls::transact(&client, arguments(command)?, &options).await,
            "transaction" => {
                let wanted = arguments(command)?;
                transactions::run(self, &client, &wanted, &options).await
            }
            "watch" => self.watch(&client, arguments(command)?, &options).await,
            "watch_expirations" => {
                let wanted = arguments(command)?;
                self.watch_expirations(&client, wanted, &options).await
            }
            "set_value" => values::set_value(&client, arguments(command)?, &options).await,
            "get_value" => values::get_value(&client, arguments(command)?, &options).await,
            "many" => store::many(&client, arguments(command)?).await,
            _ => store::admin(&client, &name, &command, &options).await,
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
