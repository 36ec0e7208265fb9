//! A client for KeyValueDB, a persistent key-value store served over gRPC.
//!
//! A [`Client`] is made from an address and shared by cloning. Its calls are builders: what they take is said with
//! methods, and `.await` makes them. Calls that answer with many things give a [`ResultStream`].
//!
//! ```no_run
//! use std::time::Duration;
//! use keyvaluedb_client::{Client, Error, KeyRange};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! let client = Client::connect("127.0.0.1:50051")?;
//! client.set("session/7", "{}").ttl(Duration::from_secs(60)).if_absent().await?;
//! let entry = client.get("session/7").await?;
//! let mut keys = client.list_keys(KeyRange::prefix("session/")).stream();
//! while let Some(key) = keys.try_next().await? {
//!     println!("{key}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - **Errors** are one type, [`Error`], with a [`Reason`] that a program can act on.
//! - **Retries**: calls that found no server, or one that was overloaded, are made again until their deadline; every
//!   write has a request id, so that it is done once. See [`Retries`].
//! - **Transactions**: [`Client::transact`] compares and writes in one call; [`Client::transaction`] does a function
//!   of yours, again when somebody else was faster.
//! - **Watches**: [`Client::watch`] and [`Client::watch_expirations`] go on by themselves when they are cut off.
//! - **Codecs**: [`Client::typed`] reads and writes values of your types; see [`codec`].
//!
//! # Features
//!
//! None is on by default: `json`, `msgpack`, `cbor`, `protobuf` are [codecs](codec), `tls` is `Tls`.
//!
//! It needs tokio, with time and input and output enabled.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

mod builder;
mod call;
mod calls;
mod client;
mod code;
pub mod codec;
mod condition;
mod connection;
mod entry;
mod error;
mod expiration;
#[cfg(test)]
mod fake;
mod key_range;
mod operation;
mod pages;
mod reason;
mod result_stream;
mod retry;
mod status;
#[cfg(test)]
mod tests;
mod time;
#[cfg(feature = "tls")]
mod tls;
mod transaction;
mod value;
mod watch;

/// The stubs as they are generated from the schema, for what the client does not offer. They need tonic and prost of the
/// same versions as this crate's, and may change with those.
#[allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic, rustdoc::all)]
#[rustfmt::skip]
#[path = "generated/keyvaluedb.v1.rs"]
pub mod proto;

pub use builder::{ClientBuilder, DEFAULT_ADDRESS};
pub use call::CallFuture;
pub use calls::{
    AdminCall, Alarm, AlarmKind, CompactResponse, Compression, CountKeys, Delete, DeleteRange,
    DeleteRangeResponse, DeleteResponse, Get, Increment, IncrementResponse, KeyOrder, Latency,
    ListKeys, ListVersions, MethodStatus, Scan, Scrub, Set, SetResponse, Snapshot, Status, Touch,
    TouchResponse, Transact, TransactResponse,
};
pub use client::Client;
pub use code::Code;
pub use codec::Codec;
pub use condition::{Condition, Precondition};
pub use entry::Entry;
pub use error::{BoxError, Error};
pub use expiration::Expiration;
pub use key_range::KeyRange;
pub use operation::{Operation, OperationResult};
pub use reason::Reason;
pub use result_stream::ResultStream;
pub use retry::Retries;
#[cfg(feature = "tls")]
pub use tls::Tls;
pub use transaction::{RunTransaction, Transaction};
pub use value::Value;
pub use watch::{
    Event, EventKind, ExpirationCause, ExpirationMessage, Expired, Progress, StartPosition, Watch,
    WatchExpirations, WatchMessage,
};

/// The README's examples compile.
#[cfg(all(doctest, feature = "json", feature = "protobuf", feature = "tls"))]
#[doc = include_str!("../README.md")]
struct Readme;
