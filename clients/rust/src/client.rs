//! The client: what all clones share, and the door to every call. The calls themselves are in `calls/`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::builder::ClientBuilder;
use crate::connection::Connector;
use crate::{Error, Retries};

/// A client of one server, or of a proxy before it.
///
/// It connects with its first call and again when the connection is lost; clones are cheap, and share the
/// connection. Calls are builders: `.await` makes them.
///
/// ```no_run
/// # use std::time::Duration;
/// # use keyvaluedb_client::{Client, Error};
/// # async fn example() -> Result<(), Error> {
/// let client = Client::connect("127.0.0.1:50051")?;
/// client.set("session/7", "{}").ttl(Duration::from_secs(60)).await?;
/// if let Some(entry) = client.get("session/7").await? {
///     println!("{:?} at revision {}", entry.value, entry.revision);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Cancelling
///
/// A call is cancelled by dropping its future, a stream by dropping it. A write that was cancelled may have been applied.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    connector: Connector,
    deadline: Duration,
    retries: Retries,
    closed: watch::Sender<bool>,
}

impl Client {
    /// Makes a client with the default settings. It connects with its first call.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` if the address is no `host:port`.
    pub fn connect(address: impl Into<String>) -> Result<Self, Error> {
        Self::builder(address).build()
    }

    /// Makes a client with settings of one's own.
    pub fn builder(address: impl Into<String>) -> ClientBuilder {
        ClientBuilder::new(address.into())
    }

    pub(crate) fn new(connector: Connector, deadline: Duration, retries: Retries) -> Self {
        let inner = Inner {
            connector,
            deadline,
            retries,
            closed: watch::Sender::new(false),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Closes this client and all its clones: calls and streams that are under way fail with `CLOSED`, as do later
    /// ones. A client that is dropped need not be closed.
    pub fn close(&self) {
        self.inner.connector.close();
        self.inner.closed.send_replace(true);
    }

    pub(crate) fn connector(&self) -> &Connector {
        &self.inner.connector
    }

    pub(crate) fn default_deadline(&self) -> Duration {
        self.inner.deadline
    }

    pub(crate) fn default_retries(&self) -> Retries {
        self.inner.retries
    }

    /// Does the work, unless the client is closed before it is done.
    pub(crate) async fn unless_closed<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut closed = self.inner.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Err(Error::closed()),
            done = work => done,
        }
    }
}
