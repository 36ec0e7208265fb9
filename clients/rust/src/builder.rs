//! How a client is made: where the server is, and how long to wait for it.

use std::time::Duration;

use tonic::transport::{Endpoint, Uri};

#[cfg(feature = "tls")]
use crate::Tls;
use crate::connection::Connector;
use crate::{Client, Error, Retries};

/// Where a server listens unless it is told otherwise.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:50051";

const DEADLINE: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What one stream may hold that its reader has not taken yet. A reader that does not come stops the server there.
const STREAM_WINDOW_BYTES: u32 = 512 * 1024;
/// Room for 256 such streams, so that slow readers do not hold up calls on the same connection.
const CONNECTION_WINDOW_BYTES: u32 = 256 * STREAM_WINDOW_BYTES;

/// Makes a [`Client`]. Every setting has a default.
///
/// ```
/// # use std::time::Duration;
/// # use keyvaluedb_client::{Client, Error};
/// # fn main() -> Result<(), Error> {
/// let client = Client::builder("127.0.0.1:50051")
///     .deadline(Duration::from_secs(2))
///     .keepalive(Duration::from_secs(60))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientBuilder {
    address: String,
    deadline: Duration,
    retries: Retries,
    keepalive: Duration,
    keepalive_timeout: Duration,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

impl ClientBuilder {
    pub(crate) fn new(address: String) -> Self {
        Self {
            address,
            deadline: DEADLINE,
            retries: Retries::default(),
            keepalive: KEEPALIVE,
            keepalive_timeout: KEEPALIVE_TIMEOUT,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// How long a call may take that says nothing else, all its tries included: 10 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Whether calls that say nothing else are made again: they are.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// After how long without traffic the server is asked whether it is there, while calls or streams are open: 30 s.
    pub fn keepalive(mut self, interval: Duration) -> Self {
        self.keepalive = interval;
        self
    }

    /// How long it has to answer that: 10 s. After that the connection is given up.
    pub fn keepalive_timeout(mut self, timeout: Duration) -> Self {
        self.keepalive_timeout = timeout;
        self
    }

    /// Speak TLS, towards a proxy that ends it. By default nothing is encrypted.
    #[cfg(feature = "tls")]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Makes the client. It connects with its first call, so this does not fail because no server is there.
    ///
    /// # Errors
    ///
    /// `INVALID_FIELD` if the address is no `host:port`, or if certificates cannot be read.
    pub fn build(self) -> Result<Client, Error> {
        let endpoint = Endpoint::from(self.uri()?)
            .user_agent(concat!(
                "keyvaluedb-client-rust/",
                env!("CARGO_PKG_VERSION")
            ))
            .map_err(|error| Error::invalid_field("user_agent", error))?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(self.keepalive)
            .keep_alive_timeout(self.keepalive_timeout)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        #[cfg(feature = "tls")]
        let endpoint = match &self.tls {
            Some(tls) => tls.apply(endpoint)?,
            None => endpoint,
        };
        let connector = Connector::new(endpoint);
        Ok(Client::new(connector, self.deadline, self.retries))
    }

    fn uri(&self) -> Result<Uri, Error> {
        let wrong = |problem: &str| Error::invalid_field("address", problem);
        #[cfg(feature = "tls")]
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        #[cfg(not(feature = "tls"))]
        let scheme = "http";
        let uri: Uri = format!("{scheme}://{}", self.address)
            .parse()
            .map_err(|_| wrong("must be host:port"))?;
        if uri.port_u16().is_none() || uri.path() != "/" || uri.query().is_some() {
            return Err(wrong("must be host:port"));
        }
        Ok(uri)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Client, Reason};

    #[test]
    fn an_address_is_host_and_port() {
        for address in ["127.0.0.1:50051", "kv.internal:443", "[::1]:50051"] {
            assert!(Client::connect(address).is_ok(), "{address}");
        }
        for address in [
            "",
            "kv",
            "http://kv:1",
            "kv:1/path",
            "kv:port",
            "kv:99999",
            "a b:1",
        ] {
            let error = Client::connect(address).expect_err(address);
            assert_eq!(*error.reason(), Reason::InvalidField, "{address}");
            assert_eq!(error.field(), Some("address"), "{address}");
        }
    }
}
