//! Whom to trust, where the connection is encrypted.

use std::path::PathBuf;

use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use crate::Error;
use crate::error::BoxError;

/// TLS towards a proxy that ends it.
///
/// ```no_run
/// # use keyvaluedb_client::{Client, Error, Tls};
/// # fn main() -> Result<(), Error> {
/// let client = Client::builder("kv.example.com:443")
///     .tls(Tls::pem_file("/etc/ssl/kv-ca.pem").server_name("kv.internal"))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Tls {
    roots: Roots,
    server_name: Option<String>,
}

#[derive(Clone, Debug)]
enum Roots {
    System,
    PemFile(PathBuf),
}

impl Tls {
    /// Trust the certificates that the system trusts.
    pub fn system() -> Self {
        Self::new(Roots::System)
    }

    /// Trust the certificates of a PEM file, and no others. It is read when the client is built.
    pub fn pem_file(path: impl Into<PathBuf>) -> Self {
        Self::new(Roots::PemFile(path.into()))
    }

    fn new(roots: Roots) -> Self {
        let server_name = None;
        Self { roots, server_name }
    }

    /// The name that the server's certificate must have, if it is not the host of the address.
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    pub(crate) fn apply(&self, endpoint: Endpoint) -> Result<Endpoint, Error> {
        let mut config = match &self.roots {
            Roots::System => ClientTlsConfig::new().with_native_roots(),
            Roots::PemFile(path) => {
                let pem = std::fs::read(path)
                    .map_err(|error| unusable(&path.display().to_string(), error.into()))?;
                ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem))
            }
        };
        if let Some(name) = &self.server_name {
            config = config.domain_name(name);
        }
        endpoint
            .tls_config(config)
            .map_err(|error| unusable("certificates", error.into()))
    }
}

fn unusable(what: &str, error: BoxError) -> Error {
    Error::invalid_field("tls", format!("{what}: {error}")).with_source(error)
}
